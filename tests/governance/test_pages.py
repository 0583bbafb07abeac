"""The pages of governance: what they say, in both languages, and what they cost."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.elections import appointing, calling, offices
from governance.elections.models import Role, Way
from governance.feedback import threads
from governance.opinions import stating
from governance.polls import asking, casting
from governance.proposals import advancing, supporting
from portal.clock import db_now
from tests.governance import world

CEILING = 8


@pytest.fixture
def scene(community, founded, later):
    """A closed vote that made version 2, an open one, a draft, and feedback."""
    later.days(15)
    done = world.passed(community, later, registry__person_gigabytes=60)
    supporting.comment(done, by=community[1], text="Good.")
    poll = world.voting(community, later, world.replace("N5.2"))
    draft = world.drafted(community[0], world.replace("N5.5"))
    thread = threads.start(by=community[1], title="Too long", text="Nobody.", about="free")
    return {"done": done, "poll": poll, "draft": draft, "thread": thread}


@pytest.fixture
def passed_text(community, founded, later):
    later.days(15)
    return world.passed(community, later)


def addresses(scene):
    done, poll = scene["done"], scene["poll"]
    return [
        "/norms/1/",
        "/norms/1/?language=both",
        "/norms/history/",
        "/norms/settings/",
        "/norms/settings/registry.person_gigabytes/",
        "/norms/founding/",
        "/norms/feed",
        "/proposals/feed",
        "/feedback/feed",
        "/norms/1.json",
        "/norms/1.zh.md",
        "/proposals/",
        "/proposals/?state=open",
        f"/proposals/{done.pk}/",
        f"/proposals/{poll.proposal_id}/",
        f"/proposals/{scene['draft'].pk}/",
        f"/proposals/{scene['draft'].pk}/revise",
        "/proposals/new?clause=N5.1&setting=governance.grace_days&setting=licences.allowed",
        "/polls/",
        f"/polls/{poll.pk}/",
        f"/polls/{done.vote.pk}/",
        f"/polls/{done.vote.pk}/voters",
        "/feedback/",
        "/feedback/?about=clause&target=N5.1",
        "/feedback/new?about=clause&target=N5.1",
        f"/feedback/{scene['thread'].pk}/",
        "/api/v1/norms",
        "/api/v1/norms/current",
        "/api/v1/norms/settings",
        "/api/v1/norms/compare/1/1",
        "/api/v1/proposals",
        f"/api/v1/proposals/{done.pk}",
        f"/api/v1/proposals/{done.pk}/comments",
        "/api/v1/polls",
        f"/api/v1/polls/{poll.pk}",
        f"/api/v1/polls/{poll.pk}/ballot",
        "/api/v1/feedback",
        f"/api/v1/feedback/{scene['thread'].pk}",
    ]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_answers_its_author_in_both_languages(scene, community, sign_in, language):
    client = sign_in(community[0])
    for address in addresses(scene):
        answer = client.get(address, headers={"accept-language": language})
        assert answer.status_code == 200, (address, answer.status_code)


def test_visitors_read_everything_but_drafts(scene, client):
    draft = f"/proposals/{scene['draft'].pk}/"
    private = {draft, f"{draft}revise", f"/api/v1/polls/{scene['poll'].pk}/ballot"}
    for address in addresses(scene):
        wanted = 302 if "/new?" in address else 200
        if address not in private:
            assert client.get(address).status_code == wanted, address
    assert client.get(draft).status_code == 404


def queries(client, address):
    """Return how many were asked; the time, which PostgreSQL is asked for, does not count."""
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return sum(asked["sql"] != "SELECT clock_timestamp()" for asked in found.captured_queries)


@pytest.mark.parametrize("address", ["/proposals/", "/polls/", "/feedback/", "/norms/history/"])
def test_lists_stay_within_their_ceiling(scene, client, address):
    client.get(address)
    assert queries(client, address) <= CEILING


@pytest.fixture
def offices_held(scene, community):
    """Offices held, an appointment asked for, elections that failed, and one with candidates."""
    now = db_now()
    for number, person in enumerate(community[:3]):
        role = Role.MODERATOR if number == 2 else Role.COMMITTEE
        offices.grant(
            person=person,
            role=role,
            way=Way.CO_OPTED,
            cause="tests",
            starts_at=now,
            ends_at=now + dt.timedelta(days=300),
        )
    appointing.propose(by=community[0], person=community[4], role=Role.AUDITOR, reasons="Able.")
    for _ in range(3):
        calling.fail(calling.call(), "for the tests")
    election = calling.call()
    for person in community[:4]:
        calling.stand(election, by=person, employer="", statement="I have time.")
    return election


@pytest.mark.parametrize("who", ["visitor", "member"])
def test_pages_of_offices_and_elections_stay_within_their_ceiling(
    offices_held, community, client, sign_in, who
):
    """Whoever is signed in is asked for by four queries on every page: session, person, notices,
    agreements; beside them stand those of the page itself."""
    frame, visitor = (0, client) if who == "visitor" else (4, sign_in(community[4]))
    for address in ("/elections/", f"/elections/{offices_held.pk}/"):
        visitor.get(address)
        assert queries(visitor, address) <= CEILING - 2 + frame, address
    for address in ("/api/v1/elections", "/api/v1/offices", "/api/v1/appointments"):
        assert queries(client, address) <= CEILING, address


def test_an_opinion_map_stays_within_its_ceiling(community, founded, later, client, sign_in):
    later.days(15)
    proposal = world.deliberated(community)
    for person in community:
        made = stating.state(proposal, by=person, text=f"{person.username} is right.")
        for other in community:
            stating.judge(made, by=other, sign=1 if other.pk % 2 else -1)
    address = f"/proposals/{proposal.pk}/opinions/"
    client.get(address)
    assert queries(client, address) <= CEILING
    assert queries(sign_in(community[0]), address) <= CEILING + 4


def test_a_secret_receipt_is_shown_within_its_ceiling(
    community, founded, later, moderator, sign_in
):
    later.days(15)
    options = [{"key": key, "en": key.upper(), "zh": key.upper()} for key in "abc"]
    asked = asking.ask(
        by=moderator,
        question_en="Which?",
        question_zh="哪个？",
        method="approval",
        options=options,
        secret=True,
    )
    advancing.sweep()
    visitor = sign_in(community[0])
    with CaptureQueriesContext(connection) as found:
        answer = visitor.post(f"/polls/{asked.pk}/vote", {"choice": ["a"], "replaces": ""})
    assert answer.status_code == 200 and "Your receipt" in answer.content.decode()
    assert len(found) <= 24  # the cast in its transaction, and the page behind it


def test_the_path_through_the_forms(community, founded, later, sign_in):
    later.days(15)
    ann, bo, cy, dee, _eli = community
    client = sign_in(ann)
    form = client.get("/proposals/new?clause=N5.1&setting=governance.grace_days")
    old = form.context["form"]["old-N5.1"].value()
    said = {
        "title": "Be brief",
        "reasons": "It is *long*.",
        "old-N5.1": old,
        "en-N5.1": "Be kind.",
        "zh-N5.1": "与人为善。",
        "set-governance.grace_days": "10",
    }
    made = client.post("/proposals/new?clause=N5.1&setting=governance.grace_days", said)
    assert made.status_code == 302
    address = made.headers["Location"]
    assert client.post(f"{address}submit").status_code == 302
    for person in (bo, cy):
        assert sign_in(person).post(f"{address}support").status_code == 302
    assert sign_in(dee).post(f"{address}comment", {"text": "Why?"}).status_code == 302
    later.days(7.01)
    client.get(address)
    advancing.sweep()
    poll = world.Poll.objects.get()
    for person in (ann, bo, cy):
        visitor = sign_in(person)
        assert "Cast my ballot" in visitor.get(f"/polls/{poll.pk}/").content.decode()
        voted = visitor.post(f"/polls/{poll.pk}/vote", {"choice": "yes", "replaces": ""})
        assert voted.status_code == 302
    page = sign_in(ann).get(f"/polls/{poll.pk}/").content.decode()
    assert "Replace my ballot" in page and "Your receipt" in page
    later.days(7.01)
    assert "Passed" in client.get(f"/polls/{poll.pk}/").content.decode()
    later.days(3.01)
    client.get(address)
    assert world.text() == "Be kind."
    assert client.get("/norms").headers["Location"] == "/norms/2/"
    assert client.get("/norms/compare/1/2/").status_code == 200
    again = sign_in(dee).get("/agree/community-norms/2").content.decode()
    assert "Be kind." in again and "which you acknowledged" in again


def test_a_form_says_what_is_wrong_and_keeps_what_was_written(community, norms, sign_in):
    client = sign_in(community[0])
    said = {"title": "Nothing", "reasons": "None."}
    answer = client.post("/proposals/new", said)
    assert answer.status_code == 422
    assert "changes at least one clause" in answer.content.decode()


@pytest.mark.parametrize(
    ("method", "said", "choice"),
    [
        ("approval", {"choice": ["o1", "o3"]}, ["o1", "o3"]),
        ("star", {"option-0": "5", "option-1": "0", "option-2": "3"}, {"o1": 5, "o3": 3}),
        ("schulze", {"option-0": "1", "option-1": "", "option-2": "1"}, [["o1", "o3"]]),
        ("irv", {"option-0": "2", "option-1": "1", "option-2": ""}, [["o2"], ["o1"]]),
        ("stv", {"option-0": "2", "option-1": "1", "option-2": ""}, [["o2"], ["o1"]]),
    ],
)
def test_every_method_has_its_ballot_and_its_result(
    community, founded, later, moderator, sign_in, method, said, choice
):
    from portal.events import sequencer

    later.days(15)
    options = [{"key": f"o{n}", "en": f"Way {n}", "zh": f"办法{n}"} for n in (1, 2, 3)]
    poll = asking.ask(
        by=moderator, question_en="Which?", question_zh="哪个？", method=method, options=options
    )
    advancing.sweep()
    client = sign_in(community[0])
    page = client.get(f"/polls/{poll.pk}/")
    assert page.status_code == 200 and "Way 1" in page.content.decode()
    assert client.post(f"/polls/{poll.pk}/vote", said | {"replaces": ""}).status_code == 302
    standing = casting.standing(poll, community[0])
    assert standing is not None and standing.choice == choice
    assert client.get(f"/polls/{poll.pk}/").status_code == 200
    later.days(7.01)
    advancing.sweep()
    sequencer.sequence()
    advancing.sweep()
    poll.refresh_from_db()
    assert poll.state == "tallied"
    assert client.get(f"/polls/{poll.pk}/").status_code == 200
    assert client.get(f"/polls/{poll.pk}/voters").status_code == 200
