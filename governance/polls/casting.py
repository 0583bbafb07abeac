"""Casting a ballot: the one function that writes ballots."""

import secrets
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from governance.polls import secrecy
from governance.polls.commitments import Receipt, commitment
from governance.polls.models import Ballot, ElectorateEntry, Poll, PollState
from governance.refusals import AlreadyCast, BadBallot, BallotMoved, NotInElectorate, PollClosed
from governance.tally import TallyError, normal_ballot
from portal import events
from portal.clock import DbNow
from portal.errors import Refused
from portal.prepared import PreparedUpdate

if TYPE_CHECKING:
    from portal.people.models import Person


def cast(poll: Poll, *, by: "Person", choice: Any, replaces: str = "") -> Receipt:
    """Cast a ballot, or replace the one named `replaces`; `choice` is what the method reads.

    The slot is taken by one conditional statement that also asks for the poll's state and, by the
    database's clock, its deadline. Raises `BadBallot`, `NotInElectorate`, `PollClosed`,
    `BallotMoved` where the slot holds another ballot than `replaces`; a secret ballot is final.
    """
    try:
        form = normal_ballot(poll.rule, poll.keys(), choice)
    except TallyError as error:
        raise BadBallot(str(error)) from error
    name = secrecy.CAST if poll.secret else secrets.token_hex(16)
    with transaction.atomic():
        _hold_open(poll)
        if poll.secret and replaces:
            raise _why(poll, by)
        slot = TAKE.run(poll=poll.pk, person=by.pk, replaces=replaces, ballot=name)
        if not slot:
            raise _why(poll, by)
        if poll.secret:
            return _sealed(poll, form)
        return _written(poll, by, slot[0], name, form, replaces)


def _hold_open(poll: Poll) -> None:
    """Keep the poll from closing until this cast is through: closing takes the row for itself."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(Poll._meta.db_table)
            cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR SHARE", [poll.pk])


def _takes_ballots() -> Exists:
    return Exists(
        Poll.objects.filter(
            pk=OuterRef("poll"),
            state=PollState.OPEN,
            opens_at__lte=DbNow(),
            closes_at__gt=DbNow(),
        )
    )


TAKE = PreparedUpdate(
    lambda poll, person, replaces: ElectorateEntry.objects.filter(
        _takes_ballots(), poll=poll, person=person, ballot=replaces
    ),
    {"ballot": str},
    poll=int,
    person=int,
    replaces=str,
)


def _why(poll: Poll, by: "Person") -> Refused:
    if not ElectorateEntry.objects.filter(poll=poll, person=by).exists():
        return NotInElectorate()
    if not ElectorateEntry.objects.filter(_takes_ballots(), poll=poll, person=by).exists():
        return PollClosed()
    return AlreadyCast() if poll.secret else BallotMoved()


def _sealed(poll: Poll, form: Any) -> Receipt:
    """Store a secret ballot. It leaves no event, no time and no name behind."""
    nonce = secrets.token_hex(16)
    secrecy.put_in(poll, form, nonce)
    return Receipt(poll.pk, "", form, nonce, commitment(poll.pk, form, nonce))


def _written(poll: Poll, by: "Person", slot: int, name: str, form: Any, replaces: str) -> Receipt:
    nonce = secrets.token_hex(16)
    proof = commitment(poll.pk, form, nonce)
    event = events.record(
        "governance:ballot:cast",
        actor=by,
        subject=f"poll:{poll.pk}",
        body={"commitment": proof, "again": bool(replaces)},
    )
    Ballot.objects.create(
        id=name,
        entry_id=slot,
        replaces_id=replaces or None,
        choice=form,
        nonce=nonce,
        commitment=proof,
        at=event.at,
        event=event,
    )
    return Receipt(poll.pk, name, form, nonce, proof)


def standing(poll: Poll, person: "Person | None") -> Ballot | None:
    """Return the open ballot of this person that counts now."""
    if person is None or poll.secret:
        return None
    entry = ElectorateEntry.objects.filter(poll=poll, person=person).exclude(ballot="").first()
    return Ballot.objects.get(pk=entry.ballot) if entry else None


def has_voted(poll: Poll, person: "Person") -> bool:
    return poll.electorate.filter(person=person).exclude(ballot="").exists()
