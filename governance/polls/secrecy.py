"""Secret ballots: sealed while the poll is open, then opened all at once, sorted and cut loose.

While a poll is open a slot says only that it is taken, and the sealed ballot beside it names no
voter, no time and no order. At the close one transaction opens all of them, writes them sorted by
commitment, logs the commitments as one batch, and writes every taken slot anew, so that no
transaction number is left that both sides share; then the key is destroyed, and a job rewrites the
tables on the disk. What stays possible, as the page says: who runs the machine and holds the key
can look while the poll is open.
"""

import json
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from governance.polls import sealing
from governance.polls.commitments import commitment
from governance.polls.models import ElectorateEntry, OpenedBallot, Poll, PollState, SealedBallot
from portal import events, jobs
from portal.errors import NotNow
from portal.events import canonical

if TYPE_CHECKING:
    from collections.abc import Sequence

CAST, COUNTED = "cast", "counted"  # what a slot of a secret poll holds, in place of a ballot's name
BATCH = 1000
SCRUB = "governance.jobs.scrub"
TELL_CLOSED = "governance.jobs.tell_secret_poll_closed"
FEWEST_VOTERS, MOST_RANKED = 10, 7
BALLOTS, COUNTS = "ballots", "counts"


class BallotsMissing(NotNow):
    code = "BallotsMissing"
    default = _("There are not as many sealed ballots as members who voted.")


def offered() -> bool:
    """Return whether this database keeps no trace of the order in which ballots came."""
    if connection.vendor != "sqlite":
        return connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE name = %s", [SealedBallot._meta.db_table]
        )
        found = cursor.fetchone()
    return found is not None and found[0].rstrip().upper().endswith("WITHOUT ROWID")


def publishes(poll: Poll, voters: int) -> str:
    """Return what is published at the close: the ballots, or only what the count needed.

    Few ballots, or long rankings that hardly two people write alike, would tell who wrote them.
    """
    telling = poll.method not in ("threshold", "approval") and len(poll.options) > MOST_RANKED
    return COUNTS if voters < FEWEST_VOTERS or telling else BALLOTS


def put_in(poll: Poll, choice: Any, nonce: str) -> None:
    """Store one sealed ballot, in the transaction that takes the voter's slot."""
    plain = canonical({"choice": choice, "nonce": nonce})
    sealed = sealing.seal(poll.sealed_to, poll.pk, plain)
    SealedBallot.objects.create(id=secrets.token_hex(16), poll=poll, sealed=sealed)


def unseal(poll: Poll) -> None:
    """Open the ballots of a closed poll, once; safe to run again.

    Raises `KeyLost` or `BallotsMissing`; such a poll can only be annulled (`is_stuck`).
    """
    with transaction.atomic():
        held = Poll.objects.select_for_update().get(pk=poll.pk)
        if held.unsealed or held.state != PollState.CLOSING:
            return
        found = _opened(held)
        if not _are_all(held, len(found)):
            raise BallotsMissing
        OpenedBallot.objects.bulk_create(found, batch_size=BATCH)
        _log(held, [ballot.commitment for ballot in found])
        _cut_loose(held)
        Poll.objects.filter(pk=held.pk).update(unsealed=True)
        jobs.enqueue(SCRUB, str(held.pk), {"poll": held.pk})
        jobs.enqueue(TELL_CLOSED, str(held.pk), {"poll": held.pk})
    sealing.destroy(poll.pk)
    poll.unsealed = True


def is_stuck(poll: Poll) -> bool:
    """Return whether a closed secret poll can never be counted."""
    if poll.state != PollState.CLOSING or not poll.secret or poll.unsealed:
        return False
    there = SealedBallot.objects.filter(poll=poll).count()
    return not (sealing.has_key(poll.pk, poll.sealed_to) and _are_all(poll, there))


def _are_all(poll: Poll, ballots: int) -> bool:
    return ballots == poll.electorate.exclude(ballot="").count()


def _opened(poll: Poll) -> "list[OpenedBallot]":
    found = [_open(poll, bytes(row.sealed)) for row in SealedBallot.objects.filter(poll=poll)]
    return sorted(found, key=lambda ballot: ballot.commitment)


def _open(poll: Poll, sealed: bytes) -> OpenedBallot:
    said = json.loads(sealing.unseal(poll.pk, sealed))
    proof = commitment(poll.pk, said["choice"], said["nonce"])
    return OpenedBallot(commitment=proof, poll=poll, choice=said["choice"], nonce=said["nonce"])


def _log(poll: Poll, proofs: "Sequence[str]") -> None:
    for start in range(0, len(proofs), BATCH):
        body = {"commitments": list(proofs[start : start + BATCH])}
        events.record("governance:ballot:published", subject=f"poll:{poll.pk}", body=body)


def _cut_loose(poll: Poll) -> None:
    """Remove the sealed ballots, and give all taken slots one common transaction."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")
    SealedBallot.objects.filter(poll=poll).delete()
    ElectorateEntry.objects.filter(poll=poll, ballot=CAST).update(ballot=COUNTED)


def opened_ballots(poll: Poll) -> "Iterator[OpenedBallot]":
    yield from OpenedBallot.objects.filter(poll=poll).order_by("commitment").iterator(2000)


def scrub() -> bool:
    """Rewrite the tables on the disk, so that no earlier version of a row lies about in them.

    Slots then lie in the order of their pseudonyms, whoever came first. Run it outside of a
    transaction, after that of `unseal`. False: somebody still reads an earlier state; try again.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return not cursor.fetchone()[0]
        for statement in _IN_ORDER:
            cursor.execute(statement)
    return True


_IN_ORDER = (
    "CLUSTER governance_sealedballot USING governance_sealedballot_pkey",
    "CLUSTER governance_openedballot USING governance_openedballot_pkey",
    "CLUSTER governance_electorateentry USING one_slot_a_pseudonym",
)
