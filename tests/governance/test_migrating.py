"""Tables that other tables' triggers name are rebuilt with what is in them, there and back."""

import pytest
from django.core.management import call_command

from governance.polls.models import Poll
from portal import triggers
from tests.governance import world


@pytest.mark.db
def test_polls_outlive_the_rebuilding_of_their_table(committed_db, community, founded, later):
    later.days(15)
    poll = world.voting(community, later)
    world.cast(poll, yes=community[:2])
    for number in ("0005", "0006"):
        call_command("migrate", "governance", number, verbosity=0, interactive=False)
    assert Poll.objects.get() == poll and poll.electorate.exclude(ballot="").count() == 2
    assert triggers.absent() == []
    world.certified(poll, later)
    assert world.text() == "Be kind."
