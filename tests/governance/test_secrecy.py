"""Secret ballots: nothing that is left of a poll leads from a ballot to whoever cast it."""

import gzip
import itertools
import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from governance import notices
from governance.polls import asking, casting, closing, exporting, opening, sealing, secrecy
from governance.polls.models import Ballot, ElectorateEntry, OpenedBallot, Poll, SealedBallot
from governance.proposals import advancing
from governance.refusals import AlreadyCast, PollClosed
from portal.events import sequencer
from portal.events.models import Event
from portal.notices.models import Notice
from tests.factories import PersonFactory
from tests.governance import world
from tests.governance.conftest import agreed
from tests.governance.test_casting import outcomes
from tests.governance.test_scenarios import recount

pytestmark = pytest.mark.db
OPTIONS = [{"key": key, "en": key.upper(), "zh": key.upper()} for key in ("a", "b", "c")]


@pytest.fixture
def voters(community, founded, later):
    people = community + [PersonFactory(username=f"v{n:02}") for n in range(9)]
    for person in people[5:]:
        agreed(person)
    later.days(15)
    return people


def ask(by, **said):
    made = {
        "question_en": "Who?", "question_zh": "谁？", "method": "irv", "options": OPTIONS,
        "secret": True,
    }  # fmt: skip
    poll = asking.ask(by=by, **(made | said))
    opening.open_poll(poll)
    return Poll.objects.get(pk=poll.pk)


def choices(number):
    """Return ballots that differ from one voter to the next."""
    ways = list(itertools.permutations("abc"))
    return [[[key] for key in ways[n % len(ways)]] for n in range(number)]


def cast_all(poll, voters):
    """Cast in an order of its own; return the receipts in that order."""
    order = [voters[(5 * n + 3) % len(voters)] for n in range(len(voters))]
    said = zip(order, choices(len(order)), strict=True)
    return order, [casting.cast(poll, by=person, choice=choice) for person, choice in said]


def close(poll, later):
    later.days(7.01)
    closing.close(poll)
    sequencer.sequence()
    closing.count(Poll.objects.get(pk=poll.pk))
    return Poll.objects.get(pk=poll.pk)


def rows(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


# --- casting ------------------------------------------------------------------------------------
def test_a_secret_ballot_is_final_and_leaves_no_trace_of_its_own(voters):
    poll = ask(voters[0])
    before = Event.objects.count()
    receipt = casting.cast(poll, by=voters[1], choice=[["a"]])
    assert Event.objects.count() == before and not Ballot.objects.exists()
    assert receipt.ballot == "" and receipt.nonce
    for replaces in ("", secrecy.CAST, "0" * 32):
        with pytest.raises(AlreadyCast):
            casting.cast(poll, by=voters[1], choice=[["b"]], replaces=replaces)
    assert SealedBallot.objects.count() == 1
    assert casting.standing(poll, voters[1]) is None


def test_fifty_first_casts_of_one_secret_ballot_leave_exactly_one(committed_db, voters):
    poll = ask(voters[0])
    found = outcomes([lambda: casting.cast(poll, by=voters[1], choice=[["a"]]) for _ in range(50)])
    assert sorted(set(found)) == ["AlreadyCast", "cast"] and found.count("cast") == 1
    assert SealedBallot.objects.count() == 1


def test_sealed_ballots_are_all_alike_in_size_and_open_with_one_key_only(voters):
    one, two = ask(voters[0]), ask(voters[0])
    casting.cast(one, by=voters[1], choice=[["a"]])
    casting.cast(one, by=voters[2], choice=[["a"], ["b"], ["c"]])
    sealed = [bytes(row.sealed) for row in SealedBallot.objects.all()]
    assert len({len(row) for row in sealed}) == 1
    assert {len(json.loads(sealing.unseal(one.pk, row))["choice"]) for row in sealed} == {1, 3}
    with pytest.raises(sealing.KeyLost):
        sealing.unseal(two.pk, sealed[0])
    assert sealing.key_file(one.pk).stat().st_mode & 0o777 == 0o600


def test_the_database_takes_sealed_ballots_of_open_secret_polls_only(voters, later):
    poll = ask(voters[0])
    other = ask(voters[0], secret=False)
    casting.cast(poll, by=voters[1], choice=[["a"]])
    refused(lambda: SealedBallot.objects.create(id="0" * 32, poll=other, sealed=b"x"))
    refused(lambda: SealedBallot.objects.all().delete())
    refused(lambda: SealedBallot.objects.update(sealed=b"x"))
    refused(lambda: OpenedBallot.objects.create(commitment="0", poll=poll, choice=[], nonce=""))
    refused(lambda: Poll.objects.filter(pk=poll.pk).update(secret=False))
    close(poll, later)
    refused(lambda: SealedBallot.objects.create(id="0" * 32, poll=poll, sealed=b"x"))
    refused(lambda: OpenedBallot.objects.create(commitment="0", poll=poll, choice=[], nonce=""))
    refused(lambda: OpenedBallot.objects.all().delete())
    refused(lambda: Poll.objects.filter(pk=poll.pk).update(unsealed=False))
    with pytest.raises(PollClosed):
        casting.cast(poll, by=voters[2], choice=[["a"]])


def refused(deed):
    with pytest.raises(IntegrityError), transaction.atomic():
        deed()


# --- the close ----------------------------------------------------------------------------------
def test_the_close_opens_every_ballot_once_and_destroys_the_key(voters, later):
    poll = ask(voters[0])
    _order, receipts = cast_all(poll, voters)
    poll = close(poll, later)
    assert poll.unsealed and poll.result.cast == len(voters)
    assert not sealing.key_file(poll.pk).exists() and not SealedBallot.objects.exists()
    found = {row.commitment: row for row in OpenedBallot.objects.all()}
    assert set(found) == {receipt.commitment for receipt in receipts}
    for receipt in receipts:
        row = found[receipt.commitment]
        assert (row.choice, row.nonce) == (receipt.choice, receipt.nonce)
    secrecy.unseal(poll)
    assert Event.objects.filter(kind="governance:ballot:published").count() == 1


def test_casts_and_a_close_at_once_lose_no_ballot(committed_db, voters, later):
    poll = ask(voters[0])
    deeds = [lambda p=p: casting.cast(poll, by=p, choice=[["b"]]) for p in voters]
    found = outcomes([*deeds, lambda: Poll.objects.filter(pk=poll.pk).update(state="closing")])
    secrecy.unseal(Poll.objects.get(pk=poll.pk))
    assert set(found) <= {"cast", "PollClosed"}
    assert OpenedBallot.objects.count() == found.count("cast") - 1


def test_a_lost_key_ends_in_an_annulled_poll_not_in_a_guess(voters, later, admin, sign_in):
    poll = ask(voters[0])
    cast_all(poll, voters)
    sealing.destroy(poll.pk)
    later.days(7.01)
    closing.close(poll)
    advancing.sweep()
    assert closing.count(Poll.objects.get(pk=poll.pk)) is None
    page = sign_in(voters[1]).get(f"/polls/{poll.pk}/")
    assert page.status_code == 200 and "cannot be opened" in page.content.decode()
    closing.annul(poll, by=admin, reason="The disk with the key is gone.")
    assert Poll.objects.get(pk=poll.pk).state == "annulled"


# --- linkage ------------------------------------------------------------------------------------
@pytest.fixture
def closed(committed_db, voters, later):
    """A secret poll after its close: its voters in the order they came, and their receipts."""
    poll = ask(voters[0])
    order, receipts = cast_all(poll, voters)
    poll = close(poll, later)
    notices.secret_poll_closed(poll)
    assert secrecy.scrub()
    return poll, order, receipts


def follows(found, order):
    """Return whether a sequence gives back an order, or its reverse."""
    return list(found) in (list(order), list(order)[::-1])


def test_16_no_name_number_or_time_of_a_ballot_leads_to_the_order_of_casting(closed):
    _poll, _order, receipts = closed
    came = [receipt.commitment for receipt in receipts]
    fields = {field.name for field in OpenedBallot._meta.get_fields()}
    assert fields == {"commitment", "poll", "choice", "nonce"}  # no person, time or sequence
    stored = "rowid" if connection.vendor == "sqlite" else "ctid"
    laid = [
        name
        for (name,) in rows(f"SELECT commitment FROM governance_openedballot ORDER BY {stored}")
    ]
    assert laid == sorted(came) and not follows(laid, came)


def test_16_no_join_of_all_tables_pairs_a_voter_with_a_ballot(closed):
    """Every value of every row that has to do with a voter, against every value of a ballot."""
    _poll, order, receipts = closed
    secret = {value for r in receipts for value in (r.commitment, r.nonce)}
    people = {person.pk for person in order}
    for model in apps.get_models():
        if model is OpenedBallot:
            continue
        for row in model._default_manager.values():
            text = json.dumps(row, default=str)
            held = [value for value in secret if value in text]
            named = [
                field.name
                for field in model._meta.concrete_fields
                if field.related_model is type(order[0]) and row[field.attname] in people
            ]
            assert not (held and named), (model.__name__, named)
            if held:
                assert (model is Event and row["kind"] == "governance:ballot:published") or (
                    model.__name__ in ("LogLeaf", "PollResult")
                ), model.__name__


def test_16_slots_share_one_transaction_and_lie_in_the_order_of_pseudonyms(closed):
    poll, order, _receipts = closed
    assert set(poll.electorate.values_list("ballot", flat=True)) == {secrecy.COUNTED}
    came = [entry.pk for p in order for entry in [ElectorateEntry.objects.get(poll=poll, person=p)]]
    stored = "rowid" if connection.vendor == "sqlite" else "ctid"
    laid = [pk for (pk,) in rows(f"SELECT id FROM governance_electorateentry ORDER BY {stored}")]
    assert not follows(laid, came)
    if connection.vendor == "postgresql":
        [(slots,)] = rows("SELECT count(DISTINCT xmin::text) FROM governance_electorateentry")
        [(ballots,)] = rows("SELECT count(DISTINCT xmin::text) FROM governance_openedballot")
        assert (slots, ballots) == (1, 1)
        by_name = list(poll.electorate.order_by("pseudonym").values_list("pk", flat=True))
        assert laid == by_name


def test_16_while_open_the_rows_alone_read_nothing(committed_db, voters):
    """What an open poll holds is sealed; on SQLite not even the order of the rows is there."""
    poll = ask(voters[0])
    _order, receipts = cast_all(poll, voters)
    for row in SealedBallot.objects.all():
        text = bytes(row.sealed)
        assert not any(r.nonce.encode() in text or r.commitment.encode() in text for r in receipts)
    assert set(poll.electorate.values_list("ballot", flat=True)) == {secrecy.CAST}
    if connection.vendor == "sqlite":
        with pytest.raises(Exception, match="rowid"):
            rows("SELECT rowid FROM governance_sealedballot")
        assert secrecy.offered()


def test_16_the_log_tells_no_order_and_names_no_voter(closed):
    poll, order, receipts = closed
    logged = Event.objects.filter(subject=f"poll:{poll.pk}").order_by("pk")
    assert "governance:ballot:cast" not in set(logged.values_list("kind", flat=True))
    published = [event for event in logged if event.kind == "governance:ballot:published"]
    names = [name for event in published for name in event.body["commitments"]]
    assert names == sorted(r.commitment for r in receipts)
    assert all(event.actor is None for event in published)
    since = logged.get(kind="governance:poll:opened")
    deeds = Event.objects.filter(pk__gt=since.pk, actor__in=order)
    assert not deeds.exists()


def test_16_mails_carry_no_receipt_and_come_in_no_order_of_casting(closed):
    _poll, order, receipts = closed
    sent = list(Notice.objects.filter(kind=notices.BALLOTS).order_by("pk"))
    assert {notice.person_id for notice in sent} == {person.pk for person in order}
    for notice in sent:
        text = json.dumps(notice.__dict__, default=str)
        assert not any(r.commitment in text or r.nonce in text for r in receipts)
        assert "log" in notice.body
    assert len({notice.created_at for notice in sent}) == 1 or not follows(
        [notice.person_id for notice in sent], [person.pk for person in order]
    )


def test_16_a_backup_of_a_closed_poll_holds_no_sealed_ballot(committed_db, voters, later, tmp_path):
    """Not even in the pages and versions that the tables no longer show."""
    poll = ask(voters[0])
    cast_all(poll, voters)
    names = [row.id for row in SealedBallot.objects.all()]
    pieces = [bytes(row.sealed)[:32] for row in SealedBallot.objects.all()]
    before = bytes_of_backup(committed_db, tmp_path / "before")
    assert all(name.encode() in before for name in names)  # the search does find what is there
    close(poll, later)
    assert secrecy.scrub()
    after = bytes_of_backup(committed_db, tmp_path / "after")
    assert not any(name.encode() in after for name in names)
    assert not any(piece in after or piece.hex().encode() in after for piece in pieces)


def bytes_of_backup(database, folder: Path) -> bytes:
    """Return everything a backup holds: the file and its log, or what pg_dump writes."""
    folder.mkdir()
    if connection.vendor == "sqlite":
        path = Path(connection.settings_dict["NAME"])
        copied = [shutil.copy(file, folder) for file in path.parent.glob(f"{path.name}*")]
        source, made = sqlite3.connect(path), sqlite3.connect(folder / "backup")
        source.backup(made)
        source.close()
        made.close()
        return b"".join(Path(file).read_bytes() for file in [*copied, folder / "backup"])
    dump = shutil.which("pg_dump") or next(
        map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))), ""
    )
    if not dump:
        pytest.skip("There is no pg_dump.")
    done = subprocess.run([dump, database.url], capture_output=True, check=True)
    return gzip.decompress(gzip.compress(done.stdout))


# --- what is published --------------------------------------------------------------------------
def test_18_a_secret_poll_is_recounted_from_its_export(voters, later, tmp_path):
    poll = ask(voters[0])
    _order, receipts = cast_all(poll, voters)
    poll = close(poll, later)
    sequencer.sequence()
    kit = exporting.export(Poll.objects.get(pk=poll.pk))
    assert not any("voter" in ballot for ballot in kit["ballots"])
    path = tmp_path / "poll.json"
    path.write_text(json.dumps(kit, ensure_ascii=False, default=str))
    done = recount(path)
    assert done.returncode == 0, done.stdout + done.stderr
    path.write_text(path.read_text().replace(receipts[0].nonce, "0" * 32))
    assert recount(path).returncode == 1


def test_few_ballots_are_counted_but_not_published(community, founded, later, tmp_path, client):
    later.days(15)
    poll = ask(community[0], method="approval")
    assert poll.publishes == secrecy.COUNTS
    event = Event.objects.get(kind="governance:poll:opened")
    assert event.body["secret"]["publishes"] == secrecy.COUNTS  # said before the first ballot
    receipts = [casting.cast(poll, by=person, choice=["a"]) for person in community]
    poll = close(poll, later)
    sequencer.sequence()
    kit = exporting.export(Poll.objects.get(pk=poll.pk))
    assert kit["ballots"] == [] and not any(
        r.nonce in json.dumps(kit, default=str) for r in receipts
    )
    assert kit["commitments"] == sorted(r.commitment for r in receipts)
    path = tmp_path / "poll.json"
    path.write_text(json.dumps(kit, ensure_ascii=False, default=str))
    done = recount(path)
    assert done.returncode == 0 and "not published" in done.stdout, done.stdout + done.stderr
    path.write_text(path.read_text().replace(f'["{kit["commitments"][0]}', f'["{"0" * 64}', 1))
    assert recount(path).returncode == 1


def test_the_page_shows_the_receipt_once_and_never_again(voters, later, sign_in):
    poll = ask(voters[0])
    client = sign_in(voters[1])
    assert "secret" in client.get(f"/polls/{poll.pk}/").content.decode()
    said = {"option-0": "1", "option-1": "", "option-2": "", "replaces": ""}
    answer = client.post(f"/polls/{poll.pk}/vote", said)
    text = answer.content.decode()
    assert answer.status_code == 200 and "Your receipt" in text
    assert "no-store" in answer["Cache-Control"]
    assert "Your receipt" not in client.get(f"/polls/{poll.pk}/").content.decode()
    assert client.post(f"/polls/{poll.pk}/vote", said).status_code == 409
    assert "nonce" not in json.dumps(client.get(f"/api/v1/polls/{poll.pk}/ballot").json())


def test_who_voted_is_a_list_without_choices_and_only_after_the_close(voters, later, sign_in):
    poll = ask(voters[0])
    casting.cast(poll, by=voters[1], choice=[["a"]])
    client = sign_in(voters[2])
    assert client.get(f"/polls/{poll.pk}/voters").status_code == 404
    close(poll, later)
    advancing.sweep()
    page = client.get(f"/polls/{poll.pk}/voters").content.decode()
    assert voters[1].username in page and "secret" in page


def test_open_polls_beside_it_stay_as_they_are(voters, later):
    secret, plain = ask(voters[0]), ask(voters[0], secret=False)
    first = casting.cast(plain, by=voters[1], choice=[["a"]])
    casting.cast(secret, by=voters[1], choice=[["a"]])
    casting.cast(plain, by=voters[1], choice=[["b"]], replaces=first.ballot)
    close(secret, later)
    assert world.casting.standing(plain, voters[1]).choice == [["b"]]
