"""Who may vote: asked once, when a poll opens, and then a snapshot that nobody enters any more."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from governance.norms import founding
from governance.policies import MINIMUM_AGE
from governance.polls.models import ElectorateEntry, Poll
from portal.clock import db_now
from portal.people.models import Person, Standing
from portal.policies import value

if TYPE_CHECKING:
    from collections.abc import Sequence

CHUNK = 5000


def cutoff(since: dt.datetime) -> dt.datetime:
    """Return the day by which one must have joined to vote on what is deliberated from `since`."""
    days = 0 if founding.is_founding() else value(MINIMUM_AGE.name)
    return since - dt.timedelta(days=days)


def present() -> "QuerySet[Person]":
    """Return everybody who has an account and is not erased."""
    return Person.objects.filter(is_active=True).exclude(standing=Standing.ERASED)


def eligible(since: dt.datetime) -> "QuerySet[Person]":
    """Return who may vote on what is deliberated from `since`.

    A verified address and the age of the account. Not the norms' acknowledgement, and not a
    suspension: only a final decision about the vote itself may take it away.
    """
    return present().filter(_verified(), date_joined__lte=cutoff(since))


def _verified() -> Exists:
    return Exists(EmailAddress.objects.filter(user=OuterRef("pk"), verified=True))


def is_member(person: Person) -> bool:
    """Return whether this person could vote on what is deliberated from now."""
    return eligible(db_now()).filter(pk=person.pk).exists()


def count_members() -> int:
    return present().filter(_verified()).count()


def joined_by(moment: dt.datetime) -> int:
    """Return how many members had joined by then."""
    return present().filter(_verified(), date_joined__lte=moment).count()


def excluded(since: dt.datetime) -> dict[str, int]:
    """Return how many are not in the electorate, by the rule that keeps them out."""
    everybody = present()
    late = everybody.filter(_verified(), date_joined__gt=cutoff(since))
    return {
        "joined_too_late": late.count(),
        "address_not_verified": everybody.exclude(_verified()).count(),
    }


def snapshot(poll: Poll, since: dt.datetime) -> None:
    """Write the slots of everybody eligible, in chunks; again, it adds those that lack one."""
    there = set(ElectorateEntry.objects.filter(poll=poll).values_list("person_id", flat=True))
    missing = [pk for pk in eligible(since).values_list("pk", flat=True) if pk not in there]
    secrets.SystemRandom().shuffle(missing)
    for start in range(0, len(missing), CHUNK):
        with transaction.atomic():
            _write(poll, missing[start : start + CHUNK])


def _write(poll: Poll, people: "Sequence[int]") -> None:
    why = "founding" if founding.is_founding() else "member"
    ElectorateEntry.objects.bulk_create(
        ElectorateEntry(poll=poll, person_id=pk, pseudonym=secrets.token_hex(16), why=why)
        for pk in people
    )


def digest(pseudonyms: Iterable[str]) -> str:
    """Return the electorate's hash: over the sorted pseudonyms, one a line."""
    return hashlib.sha256("\n".join(sorted(pseudonyms)).encode()).hexdigest()
