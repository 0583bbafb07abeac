"""Who may do what to norms, proposals, polls and feedback.

| object | verb | who |
|---|---|---|
| norms version | see | anyone |
| | propose, give_feedback | member |
| | ask (an advisory poll) | moderator |
| proposal | see | anyone, a draft its authors only |
| | revise, submit, withdraw | its authors |
| | support, comment | member |
| | adopt (in founding mode) | founder |
| poll | see | anyone |
| | vote | who is in the electorate |
| | annul | operator |
| feedback | see | anyone |
| | answer, react | member |
| | settle (decline, merge) | moderator, its author may decline |

Voting and withdrawing ask neither for good standing nor for the acknowledgement of the norms: a
majority could otherwise take the vote from the minority by amending.
"""

from governance.feedback.models import FeedbackThread
from governance.norms.models import NormsVersion
from governance.polls.models import ElectorateEntry, Poll
from governance.proposals.models import Proposal
from portal.access import ANYONE, MEMBER, Table, contribute
from portal.people.models import Person

AUTHOR, READER, FOUNDER, ELECTOR, MODERATOR = "author", "reader", "founder", "elector", "moderator"


def to_norms(person: Person | None, version: NormsVersion) -> set[str]:
    return {MODERATOR} if person is not None and person.is_staff else set()


def to_proposal(person: Person | None, proposal: Proposal) -> set[str]:
    found = {READER} if proposal.submitted_at is not None else set()
    if person is None:
        return found
    if proposal.author_id == person.pk or any(
        row.person_id == person.pk for row in proposal.coauthors.all()
    ):
        found.add(AUTHOR)
    if person.is_superuser and READER in found:
        found.add(FOUNDER)
    return found


def to_poll(person: Person | None, poll: Poll) -> set[str]:
    if person is None:
        return set()
    found = {FOUNDER} if person.is_superuser else set()
    if ElectorateEntry.objects.filter(poll=poll, person=person).exists():
        found.add(ELECTOR)
    return found


def to_feedback(person: Person | None, thread: FeedbackThread) -> set[str]:
    if person is None:
        return set()
    found = {AUTHOR} if thread.author_id == person.pk else set()
    return found | ({MODERATOR} if person.is_staff else set())


contribute(
    Table(
        kind=NormsVersion,
        roles=to_norms,
        verbs={
            "see": frozenset({ANYONE}),
            "propose": frozenset({MEMBER}),
            "give_feedback": frozenset({MEMBER}),
            "ask": frozenset({MODERATOR}),
        },
        family="governance",
    )
)
contribute(
    Table(
        kind=Proposal,
        roles=to_proposal,
        verbs={
            "see": frozenset({READER, AUTHOR}),
            "revise": frozenset({AUTHOR}),
            "submit": frozenset({AUTHOR}),
            "withdraw": frozenset({AUTHOR}),
            "support": frozenset({MEMBER}),
            "comment": frozenset({MEMBER}),
            "adopt": frozenset({FOUNDER}),
        },
        family="governance",
        always=frozenset({"withdraw"}),
    )
)
contribute(
    Table(
        kind=Poll,
        roles=to_poll,
        verbs={
            "see": frozenset({ANYONE}),
            "vote": frozenset({ELECTOR}),
            "annul": frozenset({FOUNDER}),
        },
        family="governance",
        always=frozenset({"vote"}),
    )
)
contribute(
    Table(
        kind=FeedbackThread,
        roles=to_feedback,
        verbs={
            "see": frozenset({ANYONE}),
            "answer": frozenset({MEMBER}),
            "react": frozenset({MEMBER}),
            "decline": frozenset({MODERATOR, AUTHOR}),
            "merge": frozenset({MODERATOR}),
        },
        family="governance",
    )
)
