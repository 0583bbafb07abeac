"""The scenarios of the domain, by their numbers (10, 11, 12 and 13 are tests of the count)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from governance import norms
from governance.norms.clauses import apply, clauses_of, digest, render
from governance.norms.models import NormsVersion
from governance.polls import asking, casting, exporting, shown
from governance.polls.models import Poll
from governance.proposals import advancing, drafting, enacting, steps, supporting
from governance.proposals.models import ProposalStep
from portal import agreements
from portal.access import Actor, decide
from portal.agreements.models import Acceptance
from portal.errors import NotNow
from portal.events import sequencer
from portal.events.bundles import NotInTheLogYet
from portal.events.models import Event
from portal.jobs.models import Job
from portal.notices.models import Notice
from portal.policies import value
from tests.governance import world
from tests.governance.conftest import agreed
from tests.governance.test_casting import outcomes
from tests.support import documents

pytestmark = pytest.mark.db
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def members(community, founded, later):
    """The community, old enough to vote; founding is over."""
    later.days(15)
    return community


def again(person):
    return type(person).objects.get(pk=person.pk)


def test_1_a_passed_amendment_is_the_next_version_byte_for_byte(members, later, founded):
    proposal = world.passed(members, later)
    version = norms.current()
    expected = apply(founded.parts(), proposal.revision.changes())
    assert version.number == 2 and version.parent == founded
    assert version.clauses == [clause.record() for clause in expected]
    texts = dict(version.document.texts.values_list("language", "text"))
    assert texts == {name: render(expected, name) for name in ("en", "zh")}
    founded.document.refresh_from_db()
    assert founded.document.state == "superseded"
    assert version.proposal == proposal and version.proposal.vote.result.outcome == "passed"


def test_a_proposal_withdrawn_when_its_vote_is_prepared_has_no_vote(members, later):
    proposal = world.deliberated(members)
    later.days(7.01)
    advancing.sweep()
    assert world.fresh(proposal).state == "frozen"
    drafting.withdraw(proposal, by=members[0])
    advancing.sweep()
    assert Poll.objects.get(proposal=proposal).state == "annulled"
    assert not advancing.due_polls()
    assert world.fresh(proposal).state == "withdrawn"


def test_2_members_see_what_changed_and_acknowledge_once(members, later, sign_in):
    world.passed(members, later)
    ann, version = members[0], norms.current()
    page = sign_in(ann).get(version.document.accept_url).content.decode()
    assert "Be kind." in page and "What changed since version 1" in page
    first = documents.accepted(ann, version.document)
    assert documents.accepted(ann, version.document) == first
    assert first.text_sha256 == version.document.texts.get(language="en").sha256
    assert Acceptance.objects.filter(person=ann, version=version.document).count() == 1


def test_3_after_the_grace_period_writing_stops_and_voting_does_not(members, later, sign_in):
    from portal.policies import changing

    changing.enact({"governance.grace_days": 3}, cause="test:1", reason="test")
    world.passed(members, later)
    poll = world.voting(members, later, world.replace("N5.2"))
    ann = again(members[0])
    assert agreements.site_documents_due(ann)
    answer = sign_in(ann).post("/feedback/new", {"about": "free", "title": "x", "text": "y"})
    assert answer.status_code == 403 and "/agree/community-norms/2" in answer.content.decode()
    voted = sign_in(ann).post(f"/polls/{poll.pk}/vote", {"choice": "no", "replaces": ""})
    assert voted.status_code == 302 and casting.standing(poll, ann) is not None


def test_5_changes_of_different_clauses_are_both_in_the_second_version(members, later):
    one = world.deliberated(members)
    two = world.deliberated(members, world.replace("N5.2", "No insults.", "不侮辱。"))
    vote_on_both(members, later, one, two)
    assert [world.fresh(p).state for p in (one, two)] == ["enacted", "enacted"]
    version = norms.current()
    assert version.number == 3
    assert (world.text("N5.1"), world.text("N5.2")) == ("Be kind.", "No insults.")


def vote_on_both(members, later, one, two):
    later.days(7.01)
    advancing.sweep()
    advancing.sweep()
    for poll in Poll.objects.filter(proposal__in=[one, two]):
        world.cast(poll, yes=members)
    later.days(7.01)
    advancing.sweep()
    later.days(3.01)
    advancing.sweep()


def test_4_two_passed_changes_of_one_clause_conflict(members, later):
    one = world.deliberated(members)
    two = world.deliberated(members, world.replace(text="Be nice."))
    vote_on_both(members, later, one, two)
    assert sorted([world.fresh(one).state, world.fresh(two).state]) == ["conflicted", "enacted"]
    assert norms.current().number == 2
    told = Notice.objects.filter(kind="governance_proposals", person=members[0])
    assert told.filter(subject__contains="in conflict").count() == 1
    late = world.fresh(one if world.fresh(one).state == "conflicted" else two)
    drafting.revise(
        late,
        by=members[0],
        title="Say it again",
        reasons="On top of the other.",
        patch=[world.replace(text="Be kind and nice.")],
    )
    late = world.fresh(late)
    assert late.state == "deliberation" and late.revision.base.number == 2
    assert late.revision.support.count() == 0
    later.days(7.01)
    advancing.sweep()
    assert world.fresh(late).state == "expired"


def test_a_proposal_written_anew_after_a_conflict_is_voted_on_again(members, later, client):
    one = world.deliberated(members)
    two = world.deliberated(members, world.replace(text="Be nice."))
    vote_on_both(members, later, one, two)
    late = next(p for p in map(world.fresh, (one, two)) if p.state == "conflicted")
    again = world.replace(text="Be kind and nice.")
    drafting.revise(late, by=members[0], title="Again", reasons="Both.", patch=[again])
    for person in members[1:3]:
        supporting.support(world.fresh(late), by=person)
    later.days(7.01)
    advancing.sweep()
    advancing.sweep()
    first, second = Poll.objects.filter(proposal=late).order_by("pk")
    assert world.fresh(late).state == "voting" and world.fresh(late).vote == second
    world.cast(second, yes=members)
    world.counted(second, later)
    assert world.fresh(late).state == "passed" and not advancing.unenacted()
    assert client.get(f"/polls/{first.pk}/").status_code == 200
    with pytest.raises(NotNow):  # the first vote, certified long ago, was on another text
        enacting.enact(late)
    later.days(3.01)
    advancing.sweep()
    advancing.sweep()
    assert world.text() == "Be kind and nice." and norms.current().number == 3
    assert (first.revision, second.revision) == tuple(late.revisions.order_by("number"))


def test_6_enacting_at_once_twice_makes_one_version(committed_db, members, later):
    from governance import notices

    poll = world.voting(members, later)
    world.cast(poll, yes=members)
    world.counted(poll, later)
    later.days(3.01)
    world.advancing.closing.certify(Poll.objects.get(pk=poll.pk))
    found = outcomes([lambda: enacting.enact(poll.proposal) for _ in range(6)])
    assert set(found) == {"cast"}
    assert NormsVersion.objects.count() == 2
    version = norms.current()
    outcomes([lambda: notices.new_norms(version) for _ in range(4)])
    for person in members:
        assert Notice.objects.filter(kind="governance_norms", person=person).count() == 1


def test_7_the_text_of_a_proposal_in_voting_cannot_be_edited(members, later, sign_in):
    poll = world.voting(members, later)
    number = poll.proposal_id
    before = world.fresh(poll.proposal).revision.sha256
    said = {"title": "Other", "reasons": "Other."}
    client = sign_in(members[0])
    assert client.post(f"/proposals/{number}/revise", said).status_code == 409
    answer = client.put(f"/api/v1/proposals/{number}", said, content_type="application/json")
    assert answer.status_code == 409 and answer.json()["code"] == "NotThisStep"
    with pytest.raises(steps.states.NotThisStep):
        drafting.revise(poll.proposal, by=members[0], title="x", reasons="y")
    assert world.fresh(poll.proposal).revision.sha256 == before
    tried = Event.objects.filter(kind="governance:proposal:edit-refused", actor=members[0])
    assert tried.filter(subject=f"proposal:{number}").count() == 3


def test_8_too_few_is_no_quorum_and_enacts_nothing(members, later):
    poll = world.voting(members, later, world.replace("N7.1"))  # entrenched: 30 % of 5 is 2
    world.cast(poll, yes=members[:1])
    world.certified(poll, later)
    assert poll.result.outcome == "no_quorum"
    assert world.fresh(poll.proposal).state == "no_quorum"
    assert norms.current().number == 1


@pytest.mark.parametrize(
    ("yes", "outcome"), [(20, "passed"), (19, "rejected")], ids=["two_thirds", "one_less"]
)
def test_9_abstaining_counts_to_the_quorum_only(yes, outcome):
    from governance.tally import tally

    rule = {
        "method": "threshold",
        "threshold": {"share": "2/3", "comparison": ">="},
        "quorum": {"counts": "cast", "at_least": 25},
    }
    found = tally(rule, ["yes", "no", "abstain"], [(yes, "yes"), (10, "no"), (40, "abstain")])
    assert found.outcome == outcome


def test_12_a_circle_is_a_tie_that_decides_nothing_and_whose_lot_is_published(
    members, later, sign_in
):
    """Two A>B>C, two B>C>A, one C>A>B. The lot is drawn for everybody to see; it breaks nothing."""
    options = [{"key": key, "en": key.upper(), "zh": key.upper()} for key in ("a", "b", "c")]
    poll = asking.ask(
        by=members[0], question_en="Which?", question_zh="哪个？", method="schulze", options=options
    )
    advancing.sweep()
    poll.refresh_from_db()
    ballots = ["abc", "abc", "bca", "bca", "cab"]
    for person, order in zip(members, ballots, strict=True):
        casting.cast(poll, by=person, choice=[[key] for key in order])
    later.days(7.01)
    advancing.sweep()
    sequencer.sequence()
    advancing.sweep()
    poll.refresh_from_db()
    assert (poll.result.outcome, poll.result.record["tied"]) == ("tie", ["a", "b"])
    assert any(step["kind"].startswith("lot") for step in poll.result.steps)
    page = sign_in(members[0]).get(f"/polls/{poll.pk}/").content.decode()
    assert "A tie" in page and "lot" in page
    assert norms.current().number == 1


def test_debians_way_by_the_portal_default_quorum_and_ratio(members, later, sign_in, admin):
    """What too few prefer, or what misses its ratio against the default, is dropped."""
    agreed(admin)
    said = {
        "question_en": "Which?", "question_zh": "哪个？", "method": "schulze", "seats": "1",
        "options": "A | 甲\nB | 乙", "stays": "on", "majority": "2", "quorum": "3",
    }  # fmt: skip
    assert sign_in(admin).post("/polls/new", said).status_code == 302
    advancing.sweep()
    poll = Poll.objects.get()
    assert poll.rule["default"] == "stays" and poll.rule["ratio"] == {"o1": 2, "o2": 2}
    assert poll.rule["quorum"] == {"counts": "above_default", "at_least": 3}
    ballots = [["o1", "stays", "o2"]] * 3 + [["o2", "stays", "o1"]] * 2
    for person, order in zip(members, ballots, strict=True):
        casting.cast(poll, by=person, choice=[[key] for key in order])
    later.days(7.01)
    advancing.sweep()
    sequencer.sequence()
    advancing.sweep()
    poll.refresh_from_db()
    assert poll.result.outcome == "default"  # A has 3 to 2 against it, but not two to one


def test_17_nothing_by_option_leaves_before_the_close(members, later, sign_in, admin):
    poll = world.voting(members, later)
    world.cast(poll, yes=members[:3], no=members[3:4])
    admin = agreed(admin) or admin
    client = sign_in(admin)
    doors = [f"/polls/{poll.pk}/", f"/api/v1/polls/{poll.pk}", "/api/v1/polls", "/polls/"]
    for door in doors:
        text = client.get(door).content.decode()
        assert '"winners"' not in text and "<meter" not in text, door
    assert client.get(f"/api/v1/polls/{poll.pk}").json()["result"] is None
    for door in ("export.json", "voters"):
        assert client.get(f"/polls/{poll.pk}/{door}").status_code in (404, 409)
    assert client.get(f"/api/v1/polls/{poll.pk}/export").status_code == 409
    logged = Event.objects.filter(subject=f"poll:{poll.pk}", kind="governance:ballot:cast")
    assert all(set(event.body) == {"commitment", "again"} for event in logged)
    for notice in Notice.objects.filter(kind="governance_ballots"):
        assert "赞成" not in notice.body and "yes" not in notice.body.lower().split()


def test_18_an_outsider_recounts_the_export_and_finds_one_changed_byte(members, later, tmp_path):
    poll = world.voting(members, later)
    first = casting.cast(poll, by=members[0], choice="no")
    casting.cast(poll, by=members[0], choice="yes", replaces=first.ballot)
    world.cast(poll, yes=members[1:3], abstain=members[3:4])
    world.counted(poll, later)
    sequencer.sequence()
    kit = exporting.export(Poll.objects.select_related("result").get(pk=poll.pk))
    path = tmp_path / "poll.json"
    path.write_text(json.dumps(kit, ensure_ascii=False, default=str))
    done = recount(path)
    assert done.returncode == 0 and "OK" in done.stdout, done.stdout + done.stderr
    broken = path.read_text().replace('"choice": "yes"', '"choice": "yea"', 1)
    path.write_text(broken)
    done = recount(path)
    assert done.returncode == 1 and "changed" in done.stdout


def test_a_large_export_is_a_file_that_a_job_writes(members, later, client, monkeypatch):
    poll = world.voting(members, later)
    world.cast(poll, yes=members)
    world.counted(poll, later)
    monkeypatch.setattr(exporting, "SMALL", 0)
    exporting.path_of(poll).unlink(missing_ok=True)
    assert client.get(f"/polls/{poll.pk}/export.json").status_code == 409
    assert Job.objects.filter(name=exporting.WRITE, key=str(poll.pk)).exists()
    with pytest.raises(NotInTheLogYet):
        exporting.write(poll)
    assert not list(exporting.path_of(poll).parent.glob(f"poll-{poll.pk}.*"))
    sequencer.sequence()
    exporting.write(Poll.objects.select_related("result", "revision").get(pk=poll.pk))
    answer = client.get(f"/api/v1/polls/{poll.pk}/export")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode()
    assert text == json.dumps(json.loads(text), ensure_ascii=False)  # streamed, and yet the same
    assert len(json.loads(text)["ballots"]) == 5
    done = recount(exporting.path_of(poll))
    assert done.returncode == 0 and "OK" in done.stdout, done.stdout + done.stderr
    exporting.path_of(poll).unlink()


def test_an_export_is_written_while_its_rows_are_read():
    read: list[int] = []

    def rows():
        for number in range(3):
            read.append(number)
            yield {"number": number}

    pieces = exporting.streamed({"empty": iter([]), "rows": rows(), "of": {"more": iter("ab")}})
    said = "".join(iter(lambda: next(pieces), '{"number": 1}'))
    assert said == '{"empty": [], "rows": [{"number": 0}, ' and read == [0, 1]
    assert "".join(pieces) == ', {"number": 2}], "of": {"more": ["a", "b"]}}'


def recount(path):
    command = [sys.executable, "-I", str(ROOT / "docs/verify/recount.py"), str(path)]
    return subprocess.run(
        [command[0], *command[2:]], capture_output=True, text=True, cwd=ROOT / "docs/verify"
    )


def test_21_a_suspension_takes_no_vote_from_a_running_poll(members, later, sign_in):
    poll = world.voting(members, later)
    ann = members[0]
    type(ann).objects.filter(pk=ann.pk).update(standing="suspended")
    ann = again(ann)
    assert decide(Actor(ann), "vote", poll)
    assert not decide(Actor(ann), "comment", world.fresh(poll.proposal))
    voted = sign_in(ann).post(f"/polls/{poll.pk}/vote", {"choice": "yes", "replaces": ""})
    assert voted.status_code == 302
    world.counted(poll, later)
    assert poll.result.cast == 1


def test_24_acknowledging_norms_accepts_no_licence(members, later):
    licence = documents.open_licences()[0]
    version = licence.version if hasattr(licence, "version") else licence.document_version
    agreed(members[0])
    assert not agreements.has_accepted(members[0], version)


# --- invariants ---------------------------------------------------------------------------------
def test_i1_and_i4_the_count_holds_and_can_be_repeated(members, later):
    from governance.tally import tally

    poll = world.voting(members, later)
    world.cast(poll, yes=members[:3], no=members[3:])
    world.counted(poll, later)
    cast = poll.electorate.exclude(ballot="").count()
    assert poll.result.cast == cast == 5 <= poll.electorate_size
    ballots = [(1, b.choice) for b in advancing.closing.counted_ballots(poll)]
    assert tally(poll.result.rule, poll.keys(), ballots).as_json() == poll.result.record


def test_i5_versions_are_linear_and_hash_right(members, later):
    world.passed(members, later)
    world.passed(members, later, world.replace("N5.2", "No insults.", "不侮辱。"))
    versions = list(NormsVersion.objects.order_by("number"))
    assert [v.number for v in versions] == [1, 2, 3]
    assert [v.parent_id for v in versions[1:]] == [v.pk for v in versions[:-1]]
    for version in versions:
        assert digest(clauses_of(version.clauses)) == version.sha256
    assert [v.document.state for v in versions] == ["superseded", "superseded", "current"]


def test_i7_an_ordinary_vote_cannot_change_what_is_entrenched(members, later):
    poll = world.voting(members, later, world.replace("N7.1"))
    assert poll.rule_class == "entrenched"
    assert poll.rule["threshold"] == {"share": "2/3", "comparison": ">="}
    poll2 = world.voting(members, later, governance__quorum_percent=10)
    assert poll2.rule_class == "entrenched"
    poll3 = world.voting(members, later, governance__grace_days=10)
    assert poll3.rule_class == "ordinary"


def test_i7_a_clause_entrenched_meanwhile_needs_the_higher_rule(members, later):
    from portal.policies import changing

    poll = world.voting(members, later)
    world.cast(poll, yes=members)
    changing.enact({"governance.entrenched_clauses": ["N5", "N7"]}, cause="test:1", reason="test")
    world.certified(poll, later)
    assert world.fresh(poll.proposal).state == "conflicted"
    assert norms.current().number == 1


def test_i10_every_step_has_its_event(members, later):
    proposal = world.passed(members, later)
    deeds = list(ProposalStep.objects.filter(proposal=proposal).values_list("deed", flat=True))
    assert deeds == ["draft", "submit", "carry", "freeze", "open", "pass", "enact"]
    subject = f"proposal:{proposal.pk}"
    kinds = Event.objects.filter(subject=subject).values_list("kind", flat=True)
    for deed in deeds[1:]:
        assert list(kinds).count(f"governance:proposal:{deed}") == 1


def test_i12_a_new_member_or_role_changes_no_running_electorate(members, later, outsider):
    poll = world.voting(members, later)
    before = (poll.electorate_size, poll.electorate_hash)
    type(outsider).objects.filter(pk=members[0].pk).update(is_staff=True, standing="suspended")
    advancing.sweep()
    poll.refresh_from_db()
    pseudonyms = list(poll.electorate.values_list("pseudonym", flat=True))
    assert (len(pseudonyms), advancing.opening.electorate.digest(pseudonyms)) == before


def test_i15_an_erased_voter_keeps_a_pseudonym_and_the_export_its_bytes(members, later, sign_in):
    from portal.people.erasure import erase as blank
    from portal.privacy.registry import REGISTRY

    poll = world.voting(members, later)
    world.cast(poll, yes=members)
    world.counted(poll, later)
    sequencer.sequence()
    before = exporting.export(poll)
    ann = members[0]
    REGISTRY["governance"].erase(ann)
    blank(ann, by=None)
    sequencer.sequence()
    after = exporting.export(Poll.objects.get(pk=poll.pk))
    assert {k: after[k] for k in after if k != "log"} == {
        k: before[k] for k in before if k != "log"
    }
    page = sign_in(members[1]).get(f"/polls/{poll.pk}/voters").content.decode()
    assert "somebody who has left" in page and ">ann<" not in page


def test_i16_a_tie_is_an_outcome_and_enacts_nothing(members, later):
    poll = world.voting(members, later)
    world.cast(poll, yes=members[:2], no=members[2:4])
    world.certified(poll, later)
    assert poll.result.outcome == "tie"
    assert world.fresh(poll.proposal).state == "tied" and norms.current().number == 1


def test_i18_reading_withdrawing_and_voting_ask_for_no_acknowledgement(members, later):
    mine = world.submitted(members[0], world.replace("N5.4"))
    world.passed(members, later)
    later.days(15)
    ann = again(members[0])
    may = {verb: bool(decide(Actor(ann), verb, mine)) for verb in ("see", "withdraw", "comment")}
    assert may == {"see": True, "withdraw": True, "comment": False}


def test_settings_take_effect_with_the_text_or_not_at_all(members, later):
    poll = world.voting(members, later, world.replace(), registry__person_gigabytes=60)
    world.cast(poll, yes=members)
    from portal.policies import changing

    changing.enact({"registry.person_gigabytes": 70}, cause="test:1", reason="test")
    world.certified(poll, later)
    assert world.fresh(poll.proposal).state == "conflicted"
    assert norms.current().number == 1 and value("registry.person_gigabytes") == 70


def test_a_pinned_setting_is_enacted_and_waits_for_its_release(members, later):
    from portal.policies import changing

    changing.pin("registry.person_gigabytes", 40, by=None, reason="The disk is full.")
    world.passed(members, later, registry__person_gigabytes=60)
    assert value("registry.person_gigabytes") == 40
    changing.unpin("registry.person_gigabytes", by=None, reason="It is not.")
    assert value("registry.person_gigabytes") == 60


def test_an_annulled_poll_enacts_nothing(members, later, admin):
    poll = world.voting(members, later)
    world.cast(poll, yes=members)
    world.counted(poll, later)
    world.advancing.closing.annul(poll, by=admin, reason="The mails did not go out.")
    later.days(3.01)
    advancing.sweep()
    assert norms.current().number == 1
    assert world.fresh(poll.proposal).state == "rejected"


def test_a_result_is_what_the_page_and_the_program_say(members, later, sign_in):
    poll = world.voting(members, later)
    world.cast(poll, yes=members[:3], no=members[3:4])
    world.counted(poll, later)
    assert shown.counts(poll.result) == {"abstain": 0, "no": 1, "yes": 3}
    said = sign_in(members[0]).get(f"/api/v1/polls/{poll.pk}").json()
    assert said["result"]["outcome"] == "passed"
