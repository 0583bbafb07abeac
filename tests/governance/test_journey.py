"""From a clause to its amendment: feedback, proposal, vote, new norms, acknowledgement."""

import pytest

from governance import norms
from governance.feedback import threads
from governance.norms.models import NormsVersion
from governance.polls import casting
from governance.proposals import drafting
from portal.access import Actor, decide
from portal.notices.models import Notice
from portal.policies import value
from tests.governance import world

pytestmark = [pytest.mark.db]


def test_a_vote_makes_new_norms_and_settings_and_asks_everybody(community, later, founded):
    ann, bo, cy, dee, _eli = community
    later.days(15)
    thread = threads.start(
        by=bo, about="clause", target="N5.1", title="Too long", text="Nobody reads it."
    )
    proposal = drafting.draft(
        by=ann,
        title="Say it shorter",
        reasons="It is long.",
        patch=[world.replace()],
        values={"registry.person_gigabytes": 60},
        feedback=thread,
    )
    drafting.submit(proposal, by=ann)
    world.supporting.support(proposal, by=bo)
    world.supporting.support(proposal, by=cy)
    later.days(7.01)
    world.advancing.sweep()
    world.advancing.sweep()
    poll = world.Poll.objects.get(proposal=proposal)
    first = casting.cast(poll, by=ann, choice="no")
    casting.cast(poll, by=ann, choice="yes", replaces=first.ballot)
    world.cast(poll, yes=[bo, cy], abstain=[dee])
    world.certified(poll, later)

    proposal = world.fresh(proposal)
    assert proposal.state == "enacted"
    version = norms.current()
    assert (version.number, version.proposal_id) == (2, proposal.pk)
    assert version.parent is not None and version.parent.sha256 == founded.sha256
    assert world.text() == "Be kind."
    assert value("registry.person_gigabytes") == 60
    thread.refresh_from_db()
    assert thread.state == "linked"

    world.advancing.sweep()
    from governance.jobs import notices

    assert notices.new_norms(version) == 5
    assert notices.new_norms(version) == 0
    assert Notice.objects.filter(kind="governance_norms").count() == 5
    assert NormsVersion.objects.count() == 2
    # grace: asked, not stopped; after it stopped from writing, never from voting
    dee = type(dee).objects.get(pk=dee.pk)
    assert decide(Actor(dee), "support", proposal)
    later.days(14.01)
    dee = type(dee).objects.get(pk=dee.pk)
    assert decide(Actor(dee), "support", proposal).refusal.code == "AgreementRequired"
    assert decide(Actor(dee), "vote", poll)
    assert decide(Actor(dee), "see", proposal)
