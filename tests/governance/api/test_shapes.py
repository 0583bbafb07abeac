"""The API's description has no gap, and every answer is what it says."""

import datetime as dt
from typing import Any

import pytest

from governance.feedback import threads
from governance.polls import casting
from governance.proposals import supporting
from tests.governance import world
from tests.support import openapi

OURS = (
    "/api/v1/norms", "/api/v1/proposals", "/api/v1/polls", "/api/v1/feedback",
    "/api/v1/offices", "/api/v1/appointments", "/api/v1/elections",
)  # fmt: skip
READ = [path for prefix in OURS for path in openapi.operations(prefix)]


@pytest.fixture
def scene(community, founded, later, settings, tmp_path) -> dict[str, Any]:
    """What stands behind each place in the addresses, by the address's beginning."""
    from portal.events import sequencer

    settings.SECRETS_DIR = tmp_path / "secrets"
    later.days(15)
    thread = threads.start(by=community[1], title="Too long", text="It is.")
    threads.react(thread, by=community[0], sign="agree")
    election = offices_in_use(community)
    done = world.passed(community, later, world.replace(), registry__person_gigabytes=60)
    supporting.comment(done, by=community[1], text="Good.")
    sequencer.sequence()
    return {
        "/api/v1/norms": {"number": "current", "old": 1, "new": 2},
        "/api/v1/norms/settings": {"name": "registry.person_gigabytes"},
        "/api/v1/proposals": {"number": done.pk},
        "/api/v1/polls": {"number": done.vote.pk},
        "/api/v1/feedback": {"number": thread.pk},
        "/api/v1/offices": {},
        "/api/v1/appointments": {},
        "/api/v1/elections": {"number": election.pk},
    }


def offices_in_use(community: list[Any]) -> Any:
    """Somebody sits in the committee, asks for a moderator, and stands again."""
    from governance.elections import appointing, calling, offices
    from portal.clock import db_now

    now = db_now()
    offices.grant(
        person=community[0],
        role="committee",
        way="founder",
        cause="founding:1",
        starts_at=now,
        ends_at=now + dt.timedelta(days=200),
    )
    appointing.propose(by=community[0], role="moderator", person=community[1], reasons="Fair.")
    election = calling.call()
    calling.stand(election, by=community[2], employer="Acme", statement="I have time.")
    return election


def address(path: str, scene: dict[str, Any]) -> str:
    known = max((begin for begin in scene if path.startswith(begin)), key=len)
    return path.format(**scene[known])


def test_every_answer_is_as_described(scene, community, sign_in):
    client = sign_in(community[0])
    wrong = {}
    for path in READ:
        answer = client.get(address(path, scene))
        body = b"".join(answer) if answer.streaming else answer.content
        assert answer.status_code == 200, (path, body)
        if not path.endswith("/export"):
            found = openapi.problems(path, "get", 200, answer.json())
            wrong |= {path: found} if found else {}
    assert wrong == {}


def test_a_refusal_is_as_described_too(scene, client):
    answer = client.post("/api/v1/feedback", {}, content_type="application/json")
    assert answer.status_code == 401
    assert openapi.problems("/api/v1/feedback", "post", 401, answer.json()) == []


def test_the_description_is_sound(capsys):
    """As `manage.py spectacular --validate --fail-on-warn` has it."""
    from django.core.management import call_command

    call_command("spectacular", "--validate", "--fail-on-warn", "--file=/dev/null")


def test_one_ballot_by_api(community, founded, later, sign_in):
    later.days(15)
    poll = world.voting(community, later)
    receipt = casting.cast(poll, by=community[0], choice="yes")
    path, found = "/api/v1/polls/{number}/ballot", f"/api/v1/polls/{poll.pk}/ballot"
    client = sign_in(community[0])
    answer = client.get(found).json()
    assert answer["ballot"]["ballot"] == receipt.ballot
    assert openapi.problems(path, "get", 200, answer) == []
    said = {"choice": "no", "replaces": receipt.ballot}
    answer = client.post(found, said, content_type="application/json")
    assert openapi.problems(path, "post", 201, answer.json()) == []
    assert client.post(found, said, content_type="application/json").status_code == 409


def test_voters_are_named_from_the_count_on(community, founded, later, sign_in):
    later.days(15)
    poll = world.voting(community, later)
    world.cast(poll, yes=community[:2])
    client = sign_in(community[4])
    assert client.get(f"/api/v1/polls/{poll.pk}/voters").status_code == 404
    world.counted(poll, later)
    rows = client.get(f"/api/v1/polls/{poll.pk}/voters").json()
    assert {row["person"] for row in rows} == {"ann", "bo"}


def test_a_setting_foresees_what_a_value_would_do(community, founded, sign_in):
    found = "/api/v1/norms/settings/governance.quorum_percent"
    client = sign_in(community[0])
    assert "member" in client.get(found, {"value": "30"}).json()["foreseen"]
    for bad in ("1000", "x", "[" * 5000):
        assert client.get(found, {"value": bad}).status_code == 400
    assert client.get("/api/v1/norms/settings/nothing").status_code == 404
