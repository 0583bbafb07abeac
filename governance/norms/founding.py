"""Founding mode: how the first norms came about, what founders may decide, and how it ends.

The first version is the text that ships with the house, put in force by the operator's command.
While founding mode lasts, founders (the operators of the site) can adopt a proposal by a recorded
decision, and a vote asks for no length of membership. It ends by itself, once and for good, when
there are as many members as a setting says; from then on only votes bind.
"""

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Exists

from governance.norms.clauses import digest, paired
from governance.norms.models import Founding, FoundingDecision, NormsVersion
from governance.policies import FOUNDING_MEMBERS
from portal import events
from portal.agreements.models import DocumentVersion, Kind, State
from portal.clock import db_now
from portal.errors import Missing
from portal.policies import value

if TYPE_CHECKING:
    from portal.people.models import Person

SLUG = "community-norms"
SHIPPED = "The text that ships with the house, put in force by the operator who set up the site."


def in_force() -> NormsVersion:
    """Return the version in force, recording the first one if nobody has yet.

    It tells whether founding mode has ended (`founding_ended`), which pages say beside it.
    """
    ended = Founding.objects.filter(ended_at__isnull=False)
    rows = NormsVersion.objects.select_related("document__document")
    rows = rows.annotate(founding_ended=Exists(ended))
    found = rows.filter(document__state=State.CURRENT).first()
    if found is not None:
        return found
    begin()
    found = rows.filter(document__state=State.CURRENT).first()
    if found is None:
        raise Missing
    return found


def begin() -> None:
    """Record the shipped document as norms version 1, and with it the founding. Idempotent."""
    document = (
        DocumentVersion.objects.filter(document__slug=SLUG, document__kind=Kind.NORMS, ordinal=1)
        .prefetch_related("texts")
        .first()
    )
    if document is None or NormsVersion.objects.exists():
        return
    try:
        with transaction.atomic():
            _write_first(document)
    except IntegrityError:  # somebody else has just done it
        return


def _write_first(document: DocumentVersion) -> None:
    texts = {text.language: text.text for text in document.texts.all()}
    clauses = paired(texts["en"], texts["zh"])
    now = db_now()
    Founding.objects.create(pk=1, started_at=now)
    body = {"number": 1, "sha256": digest(clauses), "reasons": SHIPPED}
    event = events.record("governance:founding:begun", subject="norms:1", body=body)
    decision = FoundingDecision.objects.create(
        deed=FoundingDecision.Deed.FIRST, reasons=SHIPPED, at=now, event=event
    )
    NormsVersion.objects.create(
        number=1,
        clauses=[clause.record() for clause in clauses],
        sha256=digest(clauses),
        document=document,
        founding=decision,
        effective_at=document.published_at,
        event=events.record("governance:norms:adopted", subject="norms:1", body=body),
    )


def is_founding(in_force: Any = None) -> bool:
    """Return whether founders still decide; `norms.current()`, where one has it, knows."""
    if in_force is not None:
        return not in_force.founding_ended
    return not Founding.objects.filter(ended_at__isnull=False).exists()


def decide(
    *, by: "Person", reasons: str, subject: str, deed: str = FoundingDecision.Deed.ADOPTED
) -> FoundingDecision:
    """Record what a founder decides; the database refuses it once founding mode has ended."""
    event = events.record(
        "governance:founding:decided", actor=by, subject=subject, body={"reasons": reasons}
    )
    return FoundingDecision.objects.create(
        deed=deed, by=by, reasons=reasons, at=db_now(), event=event
    )


def end_if_due() -> bool:
    """End founding mode when there are members enough; return whether it ended now."""
    from governance.polls.electorate import count_members

    if not is_founding() or not Founding.objects.exists():
        return False
    wanted, present = value(FOUNDING_MEMBERS.name), count_members()
    if present < wanted:
        return False
    return end(f"{present} members, {wanted} were wanted", members=present, wanted=wanted)


def end(why: str, **body: object) -> bool:
    """End founding mode for good; return whether it ended now."""
    with transaction.atomic():
        ended = Founding.objects.filter(pk=1, ended_at=None).update(
            ended_at=db_now(), why_ended=why
        )
        if ended:
            said = {"why": why, **body}
            events.record("governance:founding:ended", subject="norms:founding", body=said)
    return bool(ended)
