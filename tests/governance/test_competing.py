"""Amendments that compete: one ranked vote decides between them and everything staying as it is."""

import json

import pytest
from django.db import DatabaseError, transaction

from governance import norms, rules
from governance.norms.clauses import Change
from governance.norms.models import NormsVersion
from governance.polls import casting, closing, exporting, opening, shown
from governance.polls.models import Contender, Poll, PollState
from governance.proposals import advancing, drafting, enacting, supporting
from governance.proposals.models import Proposal
from portal.errors import Invalid, NotNow
from portal.events import sequencer
from portal.events.models import Event
from portal.jobs.models import Job
from tests.governance import world
from tests.governance.tally.checkers import loaded
from tests.governance.test_casting import outcomes

pytestmark = pytest.mark.db
recount = loaded("recount")
KIND, BRIEF, CALM = "Be kind.", "Be brief.", "Be calm."


@pytest.fixture
def members(community, founded, later):
    later.days(15)
    return community


def rivals(members, later=None, *texts, clause=world.CLAUSE, days=0.0):
    """Return amendments of one clause, each by another member, all in deliberation."""
    made: list[Proposal] = []
    for number, text in enumerate(texts or (KIND, BRIEF)):
        if number and days:
            later.days(days)
        author, *others = members[number:] + members[:number]
        change = world.replace(clause, text, f"{text}（中文）")
        first = made[0] if made else None
        proposal = world.submitted(author, change, rival_of=first)
        for person in others[:2]:
            supporting.support(proposal, by=person)
        made.append(world.fresh(proposal))
    return [world.fresh(proposal) for proposal in made]


def vote_on(proposals, later):
    later.days(7.01)
    advancing.sweep()
    advancing.sweep()
    poll = Poll.objects.filter(contenders__proposal=proposals[0]).get()
    assert poll.state == PollState.OPEN
    return poll


def rank(poll, people, *proposals, stays_last=True):
    ranks = [[f"p{proposal.pk}"] for proposal in proposals]
    for person in people:
        casting.cast(poll, by=person, choice=[*ranks, ["stays"]] if stays_last else ranks)


def states(proposals):
    return [world.fresh(proposal).state for proposal in proposals]


# --- one vote -----------------------------------------------------------------------------------
def test_one_ranked_vote_enacts_the_winner_and_rejects_the_others(members, later):
    kind, brief = both = rivals(members, later)
    poll = vote_on(both, later)
    assert poll.method == "schulze" and poll.proposal is None
    assert poll.keys() == [f"p{kind.pk}", f"p{brief.pk}", "stays"]
    assert states(both) == ["voting", "voting"]
    rank(poll, members[:3], brief, kind)
    rank(poll, members[3:], kind, brief)
    world.counted(poll, later)
    assert poll.result.winner == brief and states(both) == ["rejected", "passed"]
    world.certified(poll, later)
    assert states(both) == ["rejected", "enacted"] and world.text() == BRIEF
    version = norms.current()
    assert version.proposal == brief
    assert norms_cite(version) == {"proposal": brief.pk, "poll": poll.pk}
    kinds = Event.objects.filter(subject=f"proposal:{kind.pk}").values_list("kind", flat=True)
    assert "governance:proposal:reject" in kinds


def norms_cite(version):
    from governance.norms.exports import adopted_by

    return adopted_by(version)


def test_everything_stays_if_no_amendment_beats_it(members, later):
    both = rivals(members, later)
    poll = vote_on(both, later)
    rank(poll, members[:2], *both)
    for person in members[2:]:
        casting.cast(poll, by=person, choice=[["stays"]])
    world.certified(poll, later)
    assert poll.result.outcome == "default" and poll.result.winner is None
    assert states(both) == ["rejected", "rejected"] and norms.current().number == 1


def test_too_few_who_want_it_is_no_quorum_for_that_amendment(members, later):
    _kind, brief = both = rivals(members, later)
    poll = vote_on(both, later)
    assert poll.rule["quorum"]["at_least"] == {f"p{one.pk}": 1 for one in both}
    rank(poll, members[:3], brief)
    world.counted(poll, later)
    assert states(both) == ["no_quorum", "passed"]


def test_a_tie_between_amendments_enacts_neither(members, later):
    kind, brief = both = rivals(members, later)
    poll = vote_on(both, later)
    rank(poll, members[:2], kind, brief)
    rank(poll, members[2:4], brief, kind)
    world.certified(poll, later)
    assert states(both) == ["tied", "tied"] and norms.current().number == 1


# --- the rule -----------------------------------------------------------------------------------
def test_each_amendment_passes_by_the_rule_of_what_it_touches(members, later):
    """The second also touches an entrenched clause: two to one, and the higher quorum."""
    entrenched = entrenched_clause()
    kind = world.submitted(members[0], world.replace())
    high = world.submitted(
        members[1], world.replace(text=BRIEF), world.replace(entrenched), rival_of=kind
    )
    for proposal, people in ((kind, members[1:3]), (high, members[2:4])):
        for person in people:
            supporting.support(proposal, by=person)
    poll = vote_on([kind, high], later)
    low, strict = f"p{kind.pk}", f"p{high.pk}"
    assert poll.rule["ratio"] == {low: "1", strict: "2"}
    assert poll.rule["comparison"] == {low: ">", strict: ">="}
    needed = poll.rule["quorum"]["at_least"]
    assert needed[strict] > needed[low]
    rows = {row.key: row.rule_class for row in poll.contenders.all()}
    assert rows == {low: rules.ORDINARY, strict: "entrenched"}
    words = " ".join(shown.rule_words(poll))
    assert "at least 2 times as many" in words and "more than 1 times as many" in words
    rank(poll, members[:3], high, kind)
    for person in members[3:]:
        casting.cast(poll, by=person, choice=[[low], ["stays"], [strict]])
    world.counted(poll, later)
    assert poll.result.winner == kind  # 3 to 2 is not two to one


def entrenched_clause():
    from portal.policies import value

    roots = value("governance.entrenched_clauses")
    found = [clause.id for clause in norms.current().parts() if not clause.is_heading]
    return next(one for one in found if rules.required([one], []) == "entrenched" and roots)


def test_the_ratio_is_what_the_share_of_yes_and_no_means():
    assert [str(rules.ratio(share)) for share in ("1/2", "2/3", "3/5")] == ["1", "2", "3/2"]


# --- who competes -------------------------------------------------------------------------------
def test_an_alternative_is_filed_to_an_open_amendment_of_the_same_clause(members):
    kind = world.submitted(members[0])
    with pytest.raises(Invalid):
        world.drafted(members[1], world.replace("N5.2"), rival_of=kind)
    draft = world.drafted(members[0])
    with pytest.raises(Invalid):
        world.drafted(members[1], rival_of=draft)
    second = world.submitted(members[1], world.replace(text=BRIEF), rival_of=kind)
    third = world.drafted(members[2], world.replace(text=CALM), rival_of=second)
    assert third.rival_of == kind  # all are rivals of the first
    with pytest.raises(DatabaseError), transaction.atomic():
        Proposal.objects.filter(pk=third.pk).update(rival_of=None)


def test_a_vote_waits_once_for_an_alternative_that_came_later(members, later):
    kind, brief = rivals(members, later, KIND, BRIEF, days=5)
    assert kind.ends_at == brief.ends_at  # five days later than its own
    assert Event.objects.filter(kind="governance:proposal:waits").count() == 1
    later.days(2.5)
    calm = world.submitted(members[2], world.replace(text=CALM), rival_of=kind)
    for person in members[3:]:
        supporting.support(calm, by=person)
    assert world.fresh(kind).ends_at == kind.ends_at  # its first seven days are over
    assert world.fresh(brief).ends_at == brief.ends_at
    later.days(4.6)
    advancing.sweep()
    advancing.sweep()
    poll = Poll.objects.get(contenders__proposal=kind)
    assert poll.keys() == [f"p{kind.pk}", f"p{brief.pk}", "stays"]
    assert world.fresh(calm).state == "deliberation"  # it goes its own way


def test_an_alternative_without_enough_support_expires_and_the_other_has_a_vote_alone(
    members, later
):
    kind, brief = rivals(members, later)
    supporting.withdraw_support(brief, by=members[2])
    later.days(7.01)
    advancing.sweep()
    assert states([kind, brief]) == ["frozen", "expired"]
    assert Poll.objects.get(proposal=kind).method == "threshold"


def test_whoever_withdraws_before_the_opening_is_no_option(members, later):
    kind, brief = both = rivals(members, later)
    later.days(7.01)
    for proposal in advancing.due_proposals():
        advancing.advance_proposal(proposal)
    poll = Poll.objects.get(contenders__proposal=kind)
    drafting.withdraw(brief, by=members[1])
    opening.open_poll(poll)
    poll.refresh_from_db()
    assert poll.keys() == [f"p{kind.pk}", "stays"] and states(both) == ["voting", "withdrawn"]
    rank(poll, members, kind)
    world.certified(poll, later)
    assert states(both) == ["enacted", "withdrawn"]


def test_a_vote_on_nothing_any_more_does_not_open(members, later):
    both = rivals(members, later)
    later.days(7.01)
    for proposal in advancing.due_proposals():
        advancing.advance_proposal(proposal)
    poll = Poll.objects.get(contenders__proposal=both[0])
    for proposal, author in zip(both, members, strict=False):
        drafting.withdraw(proposal, by=author)
    opening.open_poll(poll)
    poll.refresh_from_db()
    assert poll.state == PollState.ANNULLED


# --- what must never happen ---------------------------------------------------------------------
def test_nothing_but_the_winner_of_the_certified_count_is_enacted(members, later):
    kind, brief = both = rivals(members, later)
    poll = vote_on(both, later)
    rank(poll, members, brief, kind)
    world.counted(poll, later)
    for proposal in both:
        with pytest.raises(NotNow):
            enacting.enact(proposal)
    world.certified(poll, later)
    assert enacting.enact(brief) == enacting.enact(brief) == norms.current()
    with pytest.raises(NotNow):
        enacting.enact(kind)
    assert NormsVersion.objects.count() == 2
    assert Job.objects.filter(name=closing.ENACT).count() == 1


def test_an_annulled_count_enacts_nothing(members, later):
    both = rivals(members, later)
    poll = vote_on(both, later)
    rank(poll, members, *both)
    world.counted(poll, later)
    closing.annul(poll, by=members[0], reason="Somebody was left out.")
    later.days(4)
    advancing.sweep()
    assert states(both) == ["rejected", "rejected"] and norms.current().number == 1


def test_the_database_keeps_who_stands_and_by_which_rule(members, later):
    both = rivals(members, later)
    poll = vote_on(both, later)
    row = Contender.objects.first()
    for refused in (
        lambda: Contender.objects.filter(pk=row.pk).update(rule_class="ordinary!"),
        lambda: Contender.objects.filter(pk=row.pk).delete(),
        lambda: Contender.objects.create(
            poll=poll, proposal=world.drafted(members[0]), revision=both[0].revision
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            refused()


def test_deadlines_of_rivals_that_come_at_once_make_one_vote(committed_db, members, later):
    both = rivals(members, later)
    later.days(7.01)
    due = advancing.due_proposals()
    assert len(due) == 2
    deeds = [lambda one=one: advancing.advance_proposal(one) for one in [*due, *due]]
    assert outcomes(deeds) == ["cast"] * 4
    assert Poll.objects.count() == 1 and Contender.objects.count() == 2
    assert states(both) == ["frozen", "frozen"]


def test_enacting_the_winner_in_parallel_makes_one_version(committed_db, members, later):
    both = rivals(members, later)
    poll = vote_on(both, later)
    rank(poll, members, *both)
    world.counted(poll, later)
    later.days(3.01)
    assert closing.certify(poll)
    found = outcomes([lambda: enacting.enact(world.fresh(both[0])) for _ in range(4)])
    assert found == ["cast"] * 4
    assert NormsVersion.objects.count() == 2


# --- doors --------------------------------------------------------------------------------------
def test_an_outsider_recounts_the_vote_between_amendments(members, later, settings, tmp_path):
    settings.SECRETS_DIR = tmp_path / "secrets"
    both = rivals(members, later)
    poll = vote_on(both, later)
    rank(poll, members[:3], *both)
    rank(poll, members[3:], *reversed(both))
    world.counted(poll, later)
    sequencer.sequence()
    kit = exporting.export(Poll.objects.select_related("result").get(pk=poll.pk))
    assert recount.check(kit) == []
    assert [row["option"] for row in kit["opening"]["between"]] == poll.keys()[:2]
    kit["opening"]["between"][0]["rule_class"] = "none"
    assert recount.check(json.loads(json.dumps(kit))) != []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_of_competing_amendments(members, later, sign_in, language):
    kind, brief = both = rivals(members, later)
    words = {"accept-language": language}
    client = sign_in(members[0])
    page = client.get(kind.get_absolute_url(), headers=words).content.decode()
    assert brief.get_absolute_url() in page and f"?rival_of={kind.pk}&amp;clause=N5.1" in page
    form = client.get(f"/proposals/new?rival_of={kind.pk}&clause=N5.1", headers=words)
    assert form.status_code == 200 and kind.get_absolute_url() in form.content.decode()
    poll = vote_on(both, later)
    page = client.get(f"/polls/{poll.pk}/", headers=words).content.decode()
    assert kind.get_absolute_url() in page and brief.get_absolute_url() in page
    said = {"option-0": "2", "option-1": "1", "option-2": "3", "replaces": ""}
    assert client.post(f"/polls/{poll.pk}/vote", said).status_code == 302
    rank(poll, members[1:], brief, kind)
    world.certified(poll, later)
    for address in (f"/polls/{poll.pk}/", kind.get_absolute_url(), "/norms/2/", "/norms/history/"):
        answer = client.get(address, headers=words)
        assert answer.status_code == 200 and f"/polls/{poll.pk}/" in answer.content.decode()


def test_an_alternative_by_form_and_by_api(members, sign_in):
    kind = world.submitted(members[0])
    client = sign_in(members[1])
    address = f"/proposals/new?rival_of={kind.pk}&clause=N5.1"
    form = client.get(address)
    said = {
        "title": "Be brief",
        "reasons": "It is long.",
        "old-N5.1": form.context["form"]["old-N5.1"].value(),
        "en-N5.1": BRIEF,
        "zh-N5.1": "简短。",
    }
    assert client.post(address, said).status_code == 302
    made = Proposal.objects.latest("pk")
    assert made.rival_of == kind
    written = {
        "title": "Be calm",
        "reasons": "It is long.",
        "patch": [{"op": "replace", "clause": "N5.1", "en": CALM, "zh": "冷静。"}],
        "rival_of": made.pk,
    }
    answer = client.post("/api/v1/proposals", written, content_type="application/json")
    assert answer.status_code == 409 or answer.status_code == 400  # a draft has no rivals
    answer = client.post(
        "/api/v1/proposals", written | {"rival_of": kind.pk}, content_type="application/json"
    )
    assert answer.status_code == 201 and answer.json()["rival_of"] == kind.pk


def test_the_form_of_an_alternative_begins_where_the_other_one_adds_a_clause(members, sign_in):
    added = Change("insert", "N1.5", en="Count energy.", zh="计算能源。", after="N1.4")
    first = world.submitted(members[0], added)
    client = sign_in(members[1])
    page = client.get(f"/proposals/{first.pk}/")
    address = f"/proposals/new?rival_of={first.pk}&clause=N1.5"
    assert address.replace("&", "&amp;") in page.content.decode()
    form = client.get(address).context["form"]
    assert [form[f"new-{part}"].value() for part in ("id", "after", "en")] == ["N1.5", "N1.4", None]
    said = {"title": "Hours", "reasons": "Easier.", "new-id": "N1.5", "new-after": "N1.4"}
    made = client.post(address, said | {"new-en": "Count hours.", "new-zh": "计算时间。"})
    assert made.status_code == 302
    assert Proposal.objects.latest("pk").rival_of == first
