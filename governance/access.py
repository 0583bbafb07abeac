"""Who may do what to norms, proposals, polls and feedback.

| object | verb | who |
|---|---|---|
| norms version | see | anyone |
| | propose, give_feedback | member |
| | ask (an advisory poll) | moderator |
| | call (an election) | officer: committee, returns officer; founder |
| | appoint | committee |
| | name_officer (in founding mode) | founder |
| proposal | see | anyone, a draft its authors only |
| | revise, submit, withdraw | its authors |
| | support, comment | member |
| | adopt (in founding mode) | founder |
| poll | see | anyone |
| | vote | who is in the electorate |
| | annul | operator, auditor |
| election | see | anyone |
| | nominate, stand | member |
| | withdraw | candidate |
| appointment | see | anyone |
| | assent | committee |
| office held | see | anyone |
| | resign | who holds it |
| feedback | see | anyone |
| | answer, react | member |
| | settle (decline, merge) | moderator, its author may decline |

Voting and withdrawing ask neither for good standing nor for the acknowledgement of the norms: a
majority could otherwise take the vote from the minority by amending.
"""

from governance.elections import offices
from governance.elections.models import Appointment, Election, Role, RoleGrant
from governance.feedback.models import FeedbackThread
from governance.norms.models import NormsVersion
from governance.polls.models import ElectorateEntry, Poll
from governance.proposals.models import Proposal
from portal.access import ANYONE, MEMBER, Table, contribute
from portal.people.models import Person

AUTHOR, READER, FOUNDER, ELECTOR, MODERATOR = "author", "reader", "founder", "elector", "moderator"
COMMITTEE, OFFICER, AUDITOR = "committee", "officer", "auditor"
CANDIDATE, HOLDER = "candidate", "holder"


def to_norms(person: Person | None, version: NormsVersion) -> set[str]:
    if person is None:
        return set()
    held = set(RoleGrant.objects.in_force().filter(person=person).values_list("role", flat=True))
    found = {FOUNDER, OFFICER} if person.is_superuser else set()
    if person.is_staff or Role.MODERATOR in held:
        found.add(MODERATOR)
    if held & {Role.COMMITTEE, Role.RETURNS_OFFICER}:
        found.add(OFFICER)
    return found | ({COMMITTEE} if Role.COMMITTEE in held else set())


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
    if offices.holds(person, Role.AUDITOR):
        found.add(AUDITOR)
    if ElectorateEntry.objects.filter(poll=poll, person=person).exists():
        found.add(ELECTOR)
    return found


def to_feedback(person: Person | None, thread: FeedbackThread) -> set[str]:
    if person is None:
        return set()
    found = {AUTHOR} if thread.author_id == person.pk else set()
    moderates = person.is_staff or offices.holds(person, Role.MODERATOR)
    return found | ({MODERATOR} if moderates else set())


def to_election(person: Person | None, election: Election) -> set[str]:
    stands = person is not None and election.candidacies.filter(person=person).exists()
    return {CANDIDATE} if stands else set()


def to_appointment(person: Person | None, appointment: Appointment) -> set[str]:
    return {COMMITTEE} if offices.holds(person, Role.COMMITTEE) else set()


def to_office(person: Person | None, grant: RoleGrant) -> set[str]:
    return {HOLDER} if person is not None and grant.person_id == person.pk else set()


contribute(
    Table(
        kind=NormsVersion,
        roles=to_norms,
        verbs={
            "see": frozenset({ANYONE}),
            "propose": frozenset({MEMBER}),
            "give_feedback": frozenset({MEMBER}),
            "ask": frozenset({MODERATOR}),
            "call": frozenset({OFFICER}),
            "appoint": frozenset({COMMITTEE}),
            "name_officer": frozenset({FOUNDER}),
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
            "annul": frozenset({FOUNDER, AUDITOR}),
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
contribute(
    Table(
        kind=Election,
        roles=to_election,
        verbs={
            "see": frozenset({ANYONE}),
            "nominate": frozenset({MEMBER}),
            "stand": frozenset({MEMBER}),
            "withdraw": frozenset({CANDIDATE}),
        },
        family="governance",
        always=frozenset({"withdraw"}),
    )
)
contribute(
    Table(
        kind=Appointment,
        roles=to_appointment,
        verbs={"see": frozenset({ANYONE}), "assent": frozenset({COMMITTEE})},
        family="governance",
    )
)
contribute(
    Table(
        kind=RoleGrant,
        roles=to_office,
        verbs={"see": frozenset({ANYONE}), "resign": frozenset({HOLDER})},
        family="governance",
        always=frozenset({"resign"}),
    )
)
