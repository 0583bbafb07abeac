"""Putting a norms version in force: the only function that writes one after the first."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction

from governance.norms.clauses import LANGUAGES, Clause, digest, render
from governance.norms.founding import SLUG
from governance.norms.models import FoundingDecision, NormsCampaign, NormsVersion
from governance.policies import GRACE_DAYS
from portal import events
from portal.agreements.library import TITLES
from portal.agreements.models import Document, Kind
from portal.agreements.publishing import Text, publish
from portal.clock import db_now
from portal.policies import value

if TYPE_CHECKING:
    from governance.proposals.models import Proposal


def lock() -> None:
    """One change of the norms at a time: a row's lock on PostgreSQL, SQLite has one writer."""
    Document.objects.select_for_update().get(slug=SLUG)


def put_in_force(
    parent: NormsVersion,
    clauses: Sequence[Clause],
    *,
    proposal: "Proposal",
    founding: FoundingDecision | None = None,
) -> NormsVersion:
    """Make `clauses` the next version, with its document and its grace period.

    Call it inside the transaction of the deed, after `lock()`. The database refuses a version
    that no certified poll passed and no founder decided, and a second one of one proposal.
    """
    now = db_now()
    number, sha256 = parent.number + 1, digest(clauses)
    grace = now + dt.timedelta(days=value(GRACE_DAYS.name))
    with transaction.atomic():
        document = publish(
            SLUG,
            Kind.NORMS,
            str(number),
            {name: Text(TITLES[SLUG][name], render(clauses, name)) for name in LANGUAGES},
            grace_until=grace,
        )
        body = {
            "number": number,
            "sha256": sha256,
            "parent": parent.sha256,
            "proposal": proposal.pk,
            "revision": proposal.revision.sha256 if proposal.revision else "",
        }
        version = NormsVersion.objects.create(
            number=number,
            parent=parent,
            clauses=[clause.record() for clause in clauses],
            sha256=sha256,
            document=document,
            proposal=proposal,
            founding=founding,
            effective_at=now,
            grace_until=grace,
            event=events.record("governance:norms:adopted", subject=f"norms:{number}", body=body),
        )
        NormsCampaign.objects.create(version=version)
    return version
