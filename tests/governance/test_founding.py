"""Founding mode: who adopted the first norms, what founders may, and that it ends by itself."""

import pytest
from django.db import IntegrityError, transaction

from governance import norms
from governance.norms import founding
from governance.norms.models import Founding, FoundingDecision, NormsVersion
from governance.polls import electorate
from governance.proposals import enacting
from governance.refusals import FoundingOver
from portal.clock import db_now
from portal.events.models import Event
from tests.factories import PersonFactory
from tests.governance import world

pytestmark = pytest.mark.db


def refused(deed):
    with pytest.raises(IntegrityError), transaction.atomic():
        deed()


def test_the_shipped_text_is_version_1_and_says_who_adopted_it(norms):
    decision = FoundingDecision.objects.get()
    assert norms.number == 1 and norms.founding == decision and norms.parent is None
    assert decision.deed == "first" and decision.by is None and decision.reasons
    assert Event.objects.filter(kind="governance:norms:adopted").count() == 1
    founding.begin()
    assert NormsVersion.objects.count() == 1


def test_in_founding_mode_nobody_has_to_be_old(norms):
    new = PersonFactory()
    assert electorate.is_member(new)
    Founding.objects.update(ended_at=db_now())
    assert not electorate.is_member(new)


def test_an_unverified_address_gives_no_vote(norms):
    assert not electorate.is_member(PersonFactory(verified=False))


def test_a_founder_adopts_a_proposal_by_a_recorded_decision(community, admin):
    proposal = world.submitted(community[0], world.replace(), registry__person_gigabytes=60)
    version = enacting.adopt_as_founder(proposal, by=admin, reasons="We begin with this.")
    assert version is not None and version.number == 2
    decision = FoundingDecision.objects.get(deed="adopted")
    assert version.founding == decision and decision.by == admin
    assert world.fresh(proposal).state == "enacted"
    assert decision.event.actor == admin


def test_founding_mode_ends_by_itself_and_for_good(community, admin):
    proposal = world.submitted(community[0])
    assert not founding.end_if_due()
    for _ in range(2):
        PersonFactory()
    assert founding.end_if_due() and not founding.is_founding()
    assert not founding.end_if_due()
    assert Event.objects.filter(kind="governance:founding:ended").count() == 1
    with pytest.raises(FoundingOver):
        enacting.adopt_as_founder(proposal, by=admin, reasons="No.")
    refused(lambda: founding.decide(by=admin, reasons="No.", subject="norms:2"))
    refused(lambda: Founding.objects.update(ended_at=None))
    refused(lambda: Founding.objects.all().delete())


def test_only_operators_are_founders(community, sign_in):
    proposal = world.submitted(community[0])
    client = sign_in(community[1])
    said = {"reasons": "I want it."}
    assert client.post(f"/proposals/{proposal.pk}/adopt", said).status_code == 403


# --- what the database forbids about versions ---------------------------------------------------
def test_no_version_without_a_certified_vote_or_a_founder(community, later, founded):
    later.days(15)
    poll = world.voting(community, later)
    world.cast(poll, yes=community)
    world.counted(poll, later)
    current = norms.current()
    with pytest.raises(IntegrityError), transaction.atomic():
        enacting.publishing.put_in_force(current, current.parts(), proposal=poll.proposal)


def test_versions_are_neither_changed_nor_removed(norms):
    refused(lambda: NormsVersion.objects.update(sha256="0" * 64))
    refused(lambda: NormsVersion.objects.all().delete())
