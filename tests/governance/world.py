"""Deeds that tests of governance begin with."""

from typing import Any

from governance import norms
from governance.norms.clauses import Change
from governance.polls import casting
from governance.polls.models import Poll
from governance.proposals import advancing, drafting, supporting
from governance.proposals.models import Proposal

CLAUSE = "N5.1"


def replace(clause: str = CLAUSE, text: str = "Be kind.", zh: str = "与人为善。") -> Change:
    return Change("replace", clause, en=text, zh=zh)


def drafted(
    author: Any, *changes: Change, rival_of: Proposal | None = None, **values: Any
) -> Proposal:
    patch = changes or (() if values else (replace(),))
    named = {name.replace("__", "."): value for name, value in values.items()}
    return drafting.draft(
        by=author,
        title="Say it shorter",
        reasons="It is long.",
        patch=patch,
        values=named,
        rival_of=rival_of,
    )


def submitted(author: Any, *changes: Change, **values: Any) -> Proposal:
    proposal = drafted(author, *changes, **values)
    drafting.submit(proposal, by=author)
    return fresh(proposal)


def deliberated(people: list[Any], *changes: Change, **values: Any) -> Proposal:
    """Return a proposal of the first that the next two support."""
    proposal = submitted(people[0], *changes, **values)
    for person in people[1:3]:
        supporting.support(proposal, by=person)
    return fresh(proposal)


def voting(people: list[Any], later: Any, *changes: Change, **values: Any) -> Poll:
    """Return the open poll of a proposal, as the jobs open it."""
    proposal = deliberated(people, *changes, **values)
    later.days(7.01)
    advancing.sweep()
    advancing.sweep()
    return Poll.objects.select_related("proposal").get(proposal=proposal)


def cast(poll: Poll, **choices: list[Any]) -> None:
    for choice, people in choices.items():
        for person in people:
            casting.cast(poll, by=person, choice=choice)


def counted(poll: Poll, later: Any) -> Poll:
    later.days(7.01)
    advancing.sweep()
    poll.refresh_from_db()
    return poll


def certified(poll: Poll, later: Any) -> Poll:
    """Let the time to challenge pass too, and what follows happen."""
    counted(poll, later)
    later.days(3.01)
    advancing.sweep()
    poll.refresh_from_db()
    return poll


def passed(people: list[Any], later: Any, *changes: Change, **values: Any) -> Proposal:
    """Take a proposal through its vote, everybody in favour, to its enactment."""
    poll = voting(people, later, *changes, **values)
    cast(poll, yes=people)
    certified(poll, later)
    return fresh(poll.proposal)


def fresh(proposal: Proposal) -> Proposal:
    return Proposal.objects.for_pages().get(pk=proposal.pk)


def text(clause: str = CLAUSE) -> str:
    found = norms.current().clause(clause)
    return found.en if found else ""
