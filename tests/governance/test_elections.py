"""Elections and offices: candidates, terms, staggered seats, caps, countback, co-option, recall."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from governance.elections import appointing, calling, offices, vacant
from governance.elections.models import Candidacy, Election, RoleGrant
from governance.norms import founding
from governance.polls import casting, closing
from governance.polls.models import Poll
from governance.proposals import advancing, drafting, supporting
from governance.proposals.models import Proposal
from portal.access import Actor, decide
from portal.clock import db_now
from portal.errors import Forbidden, Invalid, NotNow
from portal.events import sequencer
from portal.events.models import Event
from portal.jobs.models import Job
from portal.notices.models import Notice
from portal.policies import changing
from tests.factories import PersonFactory
from tests.governance import world
from tests.governance.conftest import agreed
from tests.governance.test_casting import outcomes

pytestmark = pytest.mark.db
NAMES = ("kim", "lou", "max", "nia", "oz", "pat", "quy")


@pytest.fixture
def people(community, founded, later):
    found = community + [PersonFactory(username=name) for name in NAMES]
    for person in found[5:]:
        agreed(person)
    later.days(15)
    return found


def put_up(people, **employers):
    """Call an election in which these stand; the others have no employer."""
    election = calling.call()
    for person in people:
        said = employers.get(person.username, "")
        calling.stand(election, by=person, employer=said, statement="I have time.")
    return election


def vote(election, later, voters, order):
    """Vote on it, everybody alike: the earlier in `order`, the better; then count and certify."""
    later.days(10.01)
    advancing.sweep()
    advancing.sweep()
    election.refresh_from_db()
    poll = Poll.objects.get(pk=election.poll_id)
    keys = [c.key for p in order for c in election.candidacies.filter(person=p)]
    for number, voter in enumerate(voters):
        casting.cast(poll, by=voter, choice=ballot(poll, keys, number))
    later.days(7.01)
    advancing.sweep()
    sequencer.sequence()
    advancing.sweep()
    later.days(3.01)
    advancing.sweep()
    advancing.sweep()
    election.refresh_from_db()
    return election


def ballot(poll, keys, number):
    """What the voter of this number says: alike enough to give one order, without ties."""
    if poll.method == "stv":
        return [[key] for key in keys]
    if poll.method == "approval":
        return keys[: max(1, len(keys) - number)]
    last = [int(number % 2 == 0), int(number % 3 == 0)]
    return dict(zip(keys, [5, 4, 3, 2, 1, *last], strict=False))


def seats(election):
    return [g.person.username for g in election.grants.order_by("pk") if g.revoked_at is None]


def approval():
    changing.enact({"governance.committee_method": "approval"}, cause="test:1", reason="test")


def stv():
    changing.enact({"governance.committee_method": "stv"}, cause="test:1", reason="test")


def three_seats():
    changing.enact({"governance.committee_seats": 3}, cause="test:1", reason="test")


# --- from the call to the seats -----------------------------------------------------------------
def test_an_election_from_its_call_to_the_seats(people, later):
    three_seats()
    election = put_up(people[:5])
    vote(election, later, people, people[:5])
    assert election.state == "seated" and election.poll.secret
    assert seats(election) == ["ann", "bo", "cy"]
    assert {held.person.username for held in offices.committee()} == {"ann", "bo", "cy"}
    assert offices.vacancies() == 0
    kinds = Event.objects.filter(subject=f"election:{election.pk}").order_by("pk")
    assert list(dict.fromkeys(kinds.values_list("kind", flat=True))) == [
        f"governance:election:{deed}"
        for deed in ("called", "nominated", "stood", "listed", "seated")
    ]


def test_half_of_the_first_seats_end_early_so_that_terms_overlap(people, later):
    three_seats()
    election = vote(put_up(people[:5]), later, people, people[:5])
    terms = [(g.ends_at - g.starts_at).days for g in election.grants.order_by("pk")]
    assert terms == [365, 365, 182]
    later.days(182 - 15)
    advancing.sweep()
    following = Election.objects.get(state="nominating")
    assert following.seats == 1  # only those seats are filled anew, and in time


def test_a_seat_that_still_is_held_begins_when_its_holder_leaves(people, later):
    three_seats()
    first = vote(put_up(people[:5]), later, people, people[:5])
    ends = first.grants.order_by("ends_at").first().ends_at
    later.days(182 - 20.6 - 3)
    advancing.sweep()
    assert not Election.objects.filter(state="nominating").exists()  # not before it is due
    later.days(3)
    advancing.sweep()
    election = Election.objects.get(state="nominating")
    for person in people[5:8]:
        calling.stand(election, by=person, employer="", statement="I have time.")
    vote(election, later, people, people[5:8])
    grant = election.grants.get()
    assert grant.starts_at == ends and grant.person.username == "kim"


def test_names_of_candidates_are_on_the_page_and_not_in_the_log(people, later, sign_in):
    three_seats()
    election = put_up(people[:5], bo="Secretive Ltd")
    vote(election, later, people, people[:5])
    page = sign_in(people[0]).get(election.poll.get_absolute_url()).content.decode()
    assert people[0].shown_name in page
    for event in Event.objects.filter(pk__gt=0):
        said = str(event.body).casefold()
        assert "secretive" not in said, event.kind
        assert "ann" not in said.replace("annul", "").replace("channel", "").split("'"), event.kind


def test_an_election_takes_no_seat_twice(committed_db, people, later):
    three_seats()
    election = vote(put_up(people[:5]), later, people, people[:5])
    found = outcomes([lambda: vacant.seat(election) for _ in range(4)])
    assert set(found) == {"cast"} and election.grants.count() == 3


def test_too_few_candidates_is_an_outcome(people, later):
    election = put_up(people[:1])
    later.days(10.01)
    advancing.sweep()
    election.refresh_from_db()
    assert election.state == "failed" and election.poll is None
    assert calling.call().pk != election.pk


def test_an_annulled_count_seats_nobody(people, later, admin):
    election = put_up(people[:5])
    later.days(10.01)
    advancing.sweep()
    advancing.sweep()
    election.refresh_from_db()
    poll = Poll.objects.get(pk=election.poll_id)
    later.days(7.01)
    advancing.sweep()
    sequencer.sequence()
    advancing.sweep()
    closing.annul(poll, by=admin, reason="The mails did not go out.")
    advancing.sweep()
    election.refresh_from_db()
    assert election.state == "failed" and not RoleGrant.objects.exists()


# --- candidates ---------------------------------------------------------------------------------
def test_only_who_says_so_stands(people, later):
    election = calling.call()
    calling.nominate(election, by=people[0], person=people[1])
    assert Notice.objects.filter(person=people[1], kind="governance_offices").count() == 1
    assert not election.candidacies.standing().exists()
    calling.stand(election, by=people[1], employer="Acme", statement="Why not.")
    assert election.candidacies.standing().get().employer == "Acme"
    calling.withdraw(election, by=people[1])
    assert not election.candidacies.standing().exists()


def test_nobody_joins_the_list_after_its_close_by_any_way(people, later):
    election = put_up(people[:3])
    late = calling.nominate(election, by=people[0], person=people[4])
    later.days(10.01)
    with pytest.raises(calling.NominationsClosed):
        calling.stand(election, by=people[3], employer="", statement="Late.")
    advancing.sweep()
    with pytest.raises(IntegrityError), transaction.atomic():
        Candidacy.objects.filter(pk=late.pk).update(accepted_at=db_now())


def test_a_returns_officer_is_no_candidate(people):
    appoint_directly(people[0], "returns_officer")
    with pytest.raises(Forbidden):
        calling.stand(calling.call(), by=people[0], employer="", statement="Me.")


def test_the_form_asks_for_an_employer_or_the_word_that_there_is_none(people, sign_in):
    election = calling.call()
    client, address = sign_in(people[0]), f"{election.get_absolute_url()}stand"
    said = {"statement": "I have time."}
    assert client.post(address, said).status_code == 422
    assert client.post(address, said | {"employer": "A", "independent": "on"}).status_code == 422
    assert client.post(address, said | {"employer": "Acme"}).status_code == 302
    page = client.get(election.get_absolute_url()).content.decode()
    assert "Employer: Acme" in page


def test_one_election_at_a_time(people):
    calling.call()
    with pytest.raises(calling.ElectionUnderWay):
        calling.call()


# --- caps and terms -----------------------------------------------------------------------------
@pytest.mark.parametrize("method", [approval, stv, lambda: None], ids=["approval", "stv", "star"])
def test_one_employer_gets_no_more_seats_than_the_settings_allow(people, later, method):
    method()
    employers = dict.fromkeys(("ann", "bo", "cy", "dee"), "ACME  Inc") | {"cy": "acme inc"}
    election = vote(put_up(people[:7], **employers), later, people, people[:7])
    taken = seats(election)
    assert len([name for name in taken if name in employers]) == 2
    assert len(taken) == 5


def test_two_terms_in_a_row_and_then_a_pause(people, later):
    ann = people[0]
    now = db_now()
    for number in (2, 1):
        offices.grant(
            person=ann,
            role="committee",
            way="elected",
            cause="test:1",
            starts_at=now - dt.timedelta(days=365 * number),
            ends_at=now - dt.timedelta(days=365 * (number - 1) - 1),
        )
    election = calling.call()
    with pytest.raises(offices.TooManyTerms):
        calling.stand(election, by=ann, employer="", statement="Again.")
    later.days(100)
    offices.refuse_too_many_terms(ann)


# --- terms end by themselves --------------------------------------------------------------------
def appoint_directly(person, role, days=30):
    now = db_now()
    return offices.grant(
        person=person,
        role=role,
        way="appointed",
        cause="test:1",
        starts_at=now,
        ends_at=now + dt.timedelta(days=days),
    )


def test_i14_an_expired_grant_gives_nothing_although_no_job_ran(people, later, norms):
    ann = people[0]
    appoint_directly(ann, "moderator", days=1)
    assert decide(Actor(ann), "ask", norms)
    later.days(1.01)
    assert RoleGrant.objects.get(person=ann).revoked_at is None
    assert not decide(Actor(ann), "ask", norms)


def test_i14_a_grant_gives_nothing_before_it_begins_or_once_revoked(people, norms):
    now = db_now()
    held = offices.grant(
        person=people[0],
        role="moderator",
        way="appointed",
        cause="test:1",
        starts_at=now + dt.timedelta(days=1),
        ends_at=now + dt.timedelta(days=2),
    )
    assert not decide(Actor(people[0]), "ask", norms)
    held = appoint_directly(people[1], "moderator")
    assert decide(Actor(people[1]), "ask", norms)
    offices.revoke(held, why="test")
    assert not decide(Actor(people[1]), "ask", norms)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.filter(pk=held.pk).update(revoked_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.filter(pk=held.pk).update(ends_at=now + dt.timedelta(days=999))


# --- vacancies ----------------------------------------------------------------------------------
@pytest.mark.parametrize("method", [approval, stv, lambda: None], ids=["approval", "stv", "star"])
def test_who_resigns_is_followed_by_the_next_in_the_count(people, later, method):
    method()
    three_seats()
    election = vote(put_up(people[:5]), later, people, people[:5])
    first = election.grants.order_by("pk").first()
    before = set(seats(election))
    offices.resign(first, by=first.person)
    made = election.grants.get(way="counted_back")
    assert made.ends_at == first.ends_at and made.person.username not in before
    assert len(seats(election)) == 3 and first.person.username not in seats(election)
    with pytest.raises(NotNow):
        offices.resign(first, by=first.person)


def test_a_candidate_who_withdrew_does_not_follow(people, later):
    three_seats()
    election = put_up(people[:5])
    later.days(10.01)
    advancing.sweep()
    calling.withdraw(Election.objects.get(pk=election.pk), by=people[3])
    election = vote_now(election, later, people)
    first = election.grants.order_by("pk").first()
    offices.resign(first, by=first.person)
    assert election.grants.get(way="counted_back").person == people[4]


def vote_now(election, later, people):
    later.days(-10.01)
    return vote(election, later, people, people[:5])


def test_a_seat_nobody_follows_in_is_filled_by_more_than_half_of_the_committee(people, later):
    three_seats()
    election = vote(put_up(people[:3]), later, people, people[:3])
    first = election.grants.order_by("pk").first()
    offices.resign(first, by=first.person)
    assert offices.vacancies() == 1
    _ann, _bo, _cy, dee = people[:4]
    with pytest.raises(appointing.CommitteeOnly):
        appointing.propose(by=dee, role="committee", person=dee, reasons="Me.")
    sitting = [held.person for held in offices.committee()]
    asked = appointing.propose(by=sitting[0], role="committee", person=dee, reasons="She helps.")
    assert asked.grant is None
    appointing.assent(asked, by=sitting[0])
    asked.refresh_from_db()
    assert asked.grant is None  # once a member
    appointing.assent(asked, by=sitting[1])
    asked.refresh_from_db()
    others = [held.ends_at for held in offices.committee() if held.person != dee]
    assert asked.grant.way == "co_opted" and asked.grant.ends_at == min(others)
    assert offices.vacancies() == 0
    with pytest.raises(calling.NoSeatToFill):
        appointing.propose(by=sitting[0], role="committee", person=people[5], reasons="More.")


def test_the_committee_appoints_moderators_for_a_term(people, norms):
    for person in people[:3]:
        appoint_directly(person, "committee")
    asked = appointing.propose(by=people[0], role="moderator", person=people[3], reasons="Fair.")
    assert not decide(Actor(people[3]), "ask", norms)
    appointing.assent(asked, by=people[1])
    assert decide(Actor(people[3]), "ask", norms)
    asked.refresh_from_db()
    assert (asked.grant.ends_at - asked.grant.starts_at).days == 365


# --- recall and ratification --------------------------------------------------------------------
def petition(people, kind, grant):
    proposal = drafting.draft(
        by=people[0], title="About one", reasons="See.", kind=kind, grant=grant
    )
    drafting.submit(proposal, by=people[0])
    for person in people[1:3]:
        supporting.support(world.fresh(proposal), by=person)
    return world.fresh(proposal)


def decided(proposal, later, **choices):
    later.days(7.01)
    advancing.sweep()
    advancing.sweep()
    poll = Poll.objects.get(proposal=proposal)
    world.cast(poll, **choices)
    world.certified(poll, later)
    return poll


def test_a_recall_needs_a_tenth_of_the_members_and_two_thirds_of_the_votes(people, later):
    held = appoint_directly(people[11], "committee", days=90)
    proposal = petition(people, "recall", held)
    assert supporting.wanted(proposal) == 2 and proposal.state == "deliberation"
    changing.enact({"governance.recall_percent": 30}, cause="test:1", reason="test")
    assert supporting.wanted(proposal) == 4
    changing.enact({"governance.recall_percent": 10}, cause="test:1", reason="test")
    poll = decided(proposal, later, yes=people[:6], no=people[6:9])
    assert poll.secret and poll.rule["threshold"] == {"share": "2/3", "comparison": ">="}
    held.refresh_from_db()
    assert held.revoked_at is not None and world.fresh(proposal).state == "enacted"


def test_a_recall_that_misses_two_thirds_changes_nothing(people, later):
    held = appoint_directly(people[11], "committee", days=90)
    proposal = petition(people, "recall", held)
    decided(proposal, later, yes=people[:5], no=people[6:9])
    held.refresh_from_db()
    assert held.revoked_at is None and world.fresh(proposal).state == "rejected"


def test_a_recalled_member_is_followed_by_the_next_in_the_count(people, later):
    three_seats()
    election = vote(put_up(people[:5]), later, people, people[:5])
    held = election.grants.order_by("pk").first()
    proposal = petition(people[5:], "recall", held)
    decided(proposal, later, yes=people)
    assert election.grants.filter(way="counted_back").count() == 1
    assert held.person.username not in seats(election)


def test_a_recall_names_a_term_that_is_not_over_and_changes_no_text(people, later):
    held = appoint_directly(people[3], "committee", days=1)
    with pytest.raises(Invalid):
        drafting.draft(by=people[0], title="x", reasons="y", kind="recall")
    with pytest.raises(Invalid):
        drafting.draft(
            by=people[0], title="x", reasons="y", kind="recall", grant=held,
            patch=[world.replace()],
        )  # fmt: skip
    later.days(2)
    with pytest.raises(Invalid):
        drafting.draft(by=people[0], title="x", reasons="y", kind="recall", grant=held)


@pytest.mark.parametrize(("yes", "stays"), [(9, True), (3, False)])
def test_what_members_do_not_ratify_ends(people, later, yes, stays):
    held = appoint_directly(people[11], "moderator", days=90)
    proposal = petition(people, "ratification", held)
    decided(proposal, later, yes=people[:yes], no=people[yes:11])
    asked = Job.objects.filter(name=closing.UNRATIFIED, key=str(proposal.pk))
    assert asked.exists() != stays
    if not stays:
        advancing.enacting.end_unratified(Proposal.objects.get(pk=proposal.pk))
    held.refresh_from_db()
    assert (held.revoked_at is None) == stays


def test_members_can_vote_for_an_election(people, later):
    proposal = drafting.draft(by=people[0], title="Elect", reasons="It is time.", kind="election")
    drafting.submit(proposal, by=people[0])
    for person in people[1:3]:
        supporting.support(world.fresh(proposal), by=person)
    decided(proposal, later, yes=people)
    election = Election.objects.get()
    assert election.cause == f"proposal:{proposal.pk}" and election.state == "nominating"


# --- founding -----------------------------------------------------------------------------------
def test_the_first_election_ends_founding_mode(community, norms, later):
    three_seats()
    people = community
    election = put_up(people[:5])
    assert founding.is_founding()
    vote(election, later, people, people[:5])
    assert not founding.is_founding()
    assert "first election" in founding.Founding.objects.get().why_ended


def test_a_founder_names_officers_until_founding_ends(community, admin, sign_in):
    agreed(admin)
    client = sign_in(admin)
    said = {"handle": "bo", "role": "moderator", "reasons": "Somebody has to.", "as_founder": "1"}
    assert client.post("/elections/appoint", said).status_code == 302
    held = RoleGrant.objects.get()
    assert (held.person.username, held.way) == ("bo", "founder")
    decision = founding.FoundingDecision.objects.get(deed="named")
    assert decision.event.actor == admin
    founding.end("tests")
    assert client.post("/elections/appoint", said).status_code == 422
    assert sign_in(community[0]).post("/elections/appoint", said).status_code == 403


# --- pages --------------------------------------------------------------------------------------
def test_the_pages_of_offices_and_elections(people, later, sign_in, client):
    three_seats()
    election = put_up(people[:5])
    member = sign_in(people[6])
    assert "Stand in this election" in member.get(election.get_absolute_url()).content.decode()
    vote(election, later, people, people[:5])
    page = client.get("/elections/").content.decode()
    assert "ann" in page and "elected" in page
    assert client.get("/api/v1/offices").json()["vacancies"] == 0
    assert client.get(f"/api/v1/elections/{election.pk}").json()["state"] == "seated"
    assert client.get("/elections/999/").status_code == 404
