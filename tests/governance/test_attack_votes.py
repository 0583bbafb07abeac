"""Rows 34 to 36 of docs/security.md: votes under attack, by page, by API, by SQL and by races."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib import admin
from django.db import IntegrityError, connection, transaction

from governance.polls import casting, electorate
from governance.polls.models import Ballot, ElectorateEntry, Poll
from governance.proposals import advancing
from governance.proposals.models import Proposal, ProposalRevision
from portal.clock import db_now
from tests.factories import PersonFactory
from tests.governance import world
from tests.governance.conftest import agreed
from tests.governance.test_casting import outcomes

pytestmark = pytest.mark.db
ROOT = Path(__file__).resolve().parents[2]
RACE = """
import sys, django
django.setup()
from governance.polls import casting
from governance.polls.models import Poll
from governance.refusals import BallotMoved
from portal.people.models import Person
poll, voter = Poll.objects.get(pk=int(sys.argv[1])), Person.objects.get(pk=int(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
try:
    print(casting.cast(poll, by=voter, choice=sys.argv[3]).ballot, flush=True)
except BallotMoved:
    print("moved", flush=True)
"""


@pytest.fixture
def poll(community, founded, later):
    later.days(15)
    return world.voting(community, later)


@pytest.mark.attack(34)
def test_one_of_many_processes_takes_the_slot(committed_db, poll, community, later):
    """Real processes, each with its own interpreter, wait for one word and cast at once."""
    offset = str(sum_of(later))
    env = committed_db.env | {"PYTHONPATH": str(ROOT), "COMMONHOLD_TEST_CLOCK_OFFSET": offset}
    command = [sys.executable, "-c", RACE, str(poll.pk), str(community[0].pk)]
    pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    children = [
        subprocess.Popen([*command, choice], env=env, cwd=ROOT, **pipe)
        for choice in ("yes", "no", "abstain", "yes")
    ]
    try:
        assert [child.stdout.readline() for child in children] == ["ready\n"] * len(children)
        for child in children:
            child.stdin.write("go\n")
            child.stdin.flush()
        said = [child.communicate(timeout=120)[0].strip() for child in children]
    finally:
        for child in children:
            child.kill()
    assert said.count("moved") == len(children) - 1
    [ballot] = Ballot.objects.all()
    assert ballot.pk in said
    assert ElectorateEntry.objects.get(poll=poll, person=community[0]).ballot == ballot.pk


def sum_of(later):
    from portal import clock

    return clock._offset.total_seconds()


@pytest.mark.attack(34)
def test_fifty_first_casts_at_the_door_are_one_201_and_the_rest_409(
    committed_db, poll, community, sign_in
):
    """Scenario 14 at the API: accepted means counted, and refused means not."""
    address = f"/api/v1/polls/{poll.pk}/ballot"
    clients = [sign_in(community[0]) for _ in range(50)]
    answers = []

    def post(client):
        answers.append(client.post(address, {"choice": "yes"}, content_type="application/json"))

    outcomes([lambda c=client: post(c) for client in clients])
    codes = [answer.status_code for answer in answers]
    assert codes.count(201) == 1 and codes.count(409) == 49
    [accepted] = [answer.json()["ballot"] for answer in answers if answer.status_code == 201]
    assert [ballot.pk for ballot in Ballot.objects.all()] == [accepted]


@pytest.mark.attack(34)
def test_nobody_votes_for_another_or_with_more_weight(poll, community, outsider, sign_in):
    agreed(outsider)
    said = {"choice": "yes", "weight": 9, "voter": "ann", "person": community[0].pk, "entry": 1}
    address = f"/api/v1/polls/{poll.pk}/ballot"
    answer = sign_in(outsider).post(address, said, content_type="application/json")
    assert answer.status_code == 403 and not Ballot.objects.exists()
    answer = sign_in(community[1]).post(address, said, content_type="application/json")
    assert answer.status_code == 201
    assert Ballot.objects.get().entry.person == community[1]
    forged = {"choice": {"yes": 9}}
    answer = sign_in(community[2]).post(address, forged, content_type="application/json")
    assert answer.status_code in (400, 422)


@pytest.mark.attack(34)
def test_what_was_acknowledged_is_counted_and_nothing_after_the_close(
    committed_db, poll, community, later
):
    deeds = [lambda p=p: casting.cast(poll, by=p, choice="yes") for p in community]
    found = outcomes(deeds)
    later.days(7.01)
    late = outcomes([lambda: casting.cast(poll, by=community[0], choice="no") for _ in range(5)])
    assert set(late) == {"PollClosed"}
    advancing.sweep()
    poll.refresh_from_db()
    assert poll.result.cast == found.count("cast") == len(community)


@pytest.mark.attack(35)
def test_late_sign_ups_move_neither_electorate_nor_quorum(poll, community, sign_in):
    before = (poll.electorate_size, poll.electorate_hash, poll.rule["quorum"])
    late = [PersonFactory(username=f"late{n}") for n in range(20)]
    for person in late:
        agreed(person)
    advancing.sweep()
    poll.refresh_from_db()
    assert (poll.electorate_size, poll.electorate_hash, poll.rule["quorum"]) == before
    answer = sign_in(late[0]).post(f"/polls/{poll.pk}/vote", {"choice": "yes", "replaces": ""})
    assert answer.status_code == 403
    with pytest.raises(IntegrityError), transaction.atomic():
        electorate._write(poll, [late[0].pk])


@pytest.mark.attack(35)
def test_the_age_of_an_account_is_counted_at_the_start_of_deliberation(community, founded, later):
    """Whoever joins while a proposal is deliberated does not vote on it, however long it takes."""
    later.days(15)
    proposal = world.deliberated(community)
    late = PersonFactory(username="late", date_joined=db_now())
    later.days(7.01)
    advancing.sweep()
    advancing.sweep()
    poll = Poll.objects.get(proposal=proposal)
    assert not poll.electorate.filter(person=late).exists()
    assert poll.excluded["joined_too_late"] == 1


@pytest.mark.attack(36)
def test_7_not_even_an_operator_edits_what_is_voted_on(poll, community, admin, sign_in):
    casting.cast(poll, by=community[0], choice="yes")
    agreed(admin)
    client = sign_in(admin)
    proposal = world.fresh(poll.proposal)
    before = client.get(f"/api/v1/polls/{poll.pk}").json()
    wording = {"title": "Other", "reasons": "Other.", "patch": []}
    for verb in ("patch", "put", "delete", "post"):
        for address in (f"/api/v1/polls/{poll.pk}", f"/api/v1/proposals/{proposal.pk}"):
            said = json.dumps(wording | {"rule": {}, "quorum": 1, "state": "passed"})
            answer = getattr(client, verb)(address, said, content_type="application/json")
            assert answer.status_code in (403, 405, 409), (verb, address, answer.status_code)
    assert client.get(f"/api/v1/polls/{poll.pk}").json() == before
    ours = {model for model in admin_models() if model._meta.app_label == "governance"}
    assert not ours & {Poll, Proposal, ProposalRevision, Ballot, ElectorateEntry}


def admin_models():
    return set(admin.site._registry)


@pytest.mark.attack(36)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE governance_poll SET rule = '{}' WHERE id = %s",
        "UPDATE governance_poll SET closes_at = opens_at WHERE id = %s",
        "UPDATE governance_poll SET electorate_size = 1 WHERE id = %s",
        "UPDATE governance_poll SET state = 'certified' WHERE id = %s",
        "DELETE FROM governance_poll WHERE id = %s",
        "DELETE FROM governance_ballot WHERE entry_id IN "
        "(SELECT id FROM governance_electorateentry WHERE poll_id = %s)",
        "DELETE FROM governance_electorateentry WHERE poll_id = %s",
        "UPDATE governance_proposalrevision SET title = 'Other' WHERE id = "
        "(SELECT revision_id FROM governance_poll WHERE id = %s)",
        "DELETE FROM governance_proposal WHERE id = "
        "(SELECT proposal_id FROM governance_poll WHERE id = %s)",
    ],
)
def test_the_database_refuses_to_change_what_is_voted_on(poll, community, statement):
    casting.cast(poll, by=community[0], choice="yes")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [poll.pk])
