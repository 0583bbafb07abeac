"""Ballots: one slot a voter, changeable until the close, by the database's clock."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from governance.polls import casting, closing
from governance.polls.models import Ballot, ElectorateEntry, Poll
from governance.refusals import BadBallot, BallotMoved, NotInElectorate, PollClosed
from tests.governance import world

pytestmark = pytest.mark.db


@pytest.fixture
def poll(community, founded, later):
    later.days(15)
    return world.voting(community, later)


def outcomes(deeds):
    """Run deeds at once, each in its own thread and connection; return what came of each."""
    found, gate = [], threading.Barrier(len(deeds))

    def run(deed):
        gate.wait()
        try:
            deed()
            found.append("cast")
        except Exception as error:
            found.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_fifty_first_casts_at_once_leave_exactly_one(committed_db, poll, community):
    ann = community[0]
    deeds = [lambda: casting.cast(poll, by=ann, choice="yes") for _ in range(50)]
    found = outcomes(deeds)
    assert sorted(set(found)) == ["BallotMoved", "cast"]
    assert found.count("cast") == 1
    assert Ballot.objects.count() == 1


def test_two_changes_of_one_ballot_at_once_leave_exactly_one(committed_db, poll, community):
    first = casting.cast(poll, by=community[0], choice="yes")
    deeds = [
        lambda: casting.cast(poll, by=community[0], choice="no", replaces=first.ballot)
        for _ in range(8)
    ]
    assert outcomes(deeds).count("cast") == 1
    assert Ballot.objects.count() == 2


def test_a_close_among_casts_loses_none_that_was_accepted(committed_db, poll, community, later):
    deeds = [lambda p=p: casting.cast(poll, by=p, choice="yes") for p in community]
    found = outcomes([*deeds, lambda: Poll.objects.filter(pk=poll.pk).update(state="closing")])
    assert set(found) <= {"cast", "PollClosed"}
    result = closing.count(Poll.objects.get(pk=poll.pk))
    assert result.cast == found.count("cast") - 1


def test_a_later_cast_names_the_ballot_it_replaces(poll, community):
    ann = community[0]
    first = casting.cast(poll, by=ann, choice="yes")
    with pytest.raises(BallotMoved):
        casting.cast(poll, by=ann, choice="no")
    second = casting.cast(poll, by=ann, choice="no", replaces=first.ballot)
    with pytest.raises(BallotMoved):
        casting.cast(poll, by=ann, choice="yes", replaces=first.ballot)
    standing = casting.standing(poll, ann)
    assert standing is not None and standing.pk == second.ballot


def test_only_the_electorate_votes(poll, outsider):
    with pytest.raises(NotInElectorate):
        casting.cast(poll, by=outsider, choice="yes")


def test_a_ballot_that_says_nothing_is_refused(poll, community):
    with pytest.raises(BadBallot):
        casting.cast(poll, by=community[0], choice="perhaps")


def test_no_ballot_after_the_deadline_even_before_any_job_has_closed_it(poll, community, later):
    later.days(7.01)
    with pytest.raises(PollClosed):
        casting.cast(poll, by=community[0], choice="yes")


def test_a_slow_clock_of_the_machine_opens_nothing(poll, community, later, monkeypatch):
    """On PostgreSQL the application's clock is asked by nobody."""
    if connection.vendor != "postgresql":
        pytest.skip("On SQLite the machine's clock is the database's.")
    import datetime as dt

    from portal import clock

    class Slow(dt.datetime):
        @classmethod
        def now(cls, tz=None):
            return dt.datetime.now(tz) - dt.timedelta(minutes=5)

    later.days(7 + 2 / 86400)
    monkeypatch.setattr(clock.dt, "datetime", Slow)
    with pytest.raises(PollClosed):
        casting.cast(poll, by=community[0], choice="yes")


# --- what the database forbids ------------------------------------------------------------------
def refused(deed):
    with pytest.raises(IntegrityError), transaction.atomic():
        deed()


def test_nobody_enters_the_electorate_later(poll, outsider):
    refused(
        lambda: ElectorateEntry.objects.create(
            poll=poll, person=outsider, pseudonym="f" * 32, why="member"
        )
    )


@pytest.mark.parametrize(
    "change",
    [
        {"rule": {"method": "plurality"}},
        {"options": []},
        {"electorate_size": 1},
        {"electorate_hash": "0"},
        {"closes_at": None},
        {"revision": None},
        {"state": "scheduled"},
        {"state": "certified"},
    ],
)
def test_an_open_poll_is_frozen(poll, change):
    refused(lambda: Poll.objects.filter(pk=poll.pk).update(**change))


def test_ballots_are_neither_changed_nor_removed_nor_put_in_by_hand(poll, community):
    receipt = casting.cast(poll, by=community[0], choice="yes")
    ballot = Ballot.objects.get(pk=receipt.ballot)
    refused(lambda: Ballot.objects.update(choice="no"))
    refused(lambda: Ballot.objects.all().delete())
    entry = ElectorateEntry.objects.get(poll=poll, person=community[1])
    ballot.pk, ballot.commitment, ballot.entry = "0" * 32, "0" * 64, entry
    refused(lambda: ballot.save(force_insert=True))


def test_a_closed_poll_takes_no_slot_and_no_ballot(poll, community, later):
    casting.cast(poll, by=community[0], choice="yes")
    world.counted(poll, later)
    refused(lambda: ElectorateEntry.objects.update(ballot=""))
    with pytest.raises(PollClosed):
        casting.cast(poll, by=community[1], choice="yes")


def test_a_voter_is_told_of_each_ballot_in_their_name_once(poll, community):
    from governance import notices
    from portal.notices.models import Notice

    first = casting.cast(poll, by=community[0], choice="yes")
    casting.cast(poll, by=community[0], choice="no", replaces=first.ballot)
    assert notices.ballots_cast() == 2
    assert notices.ballots_cast() == 0
    told = Notice.objects.filter(kind="governance_ballots", person=community[0], mail=True)
    assert told.count() == 2
    assert any(first.commitment in notice.body for notice in told)
