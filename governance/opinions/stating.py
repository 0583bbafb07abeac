"""Making statements and judging them, while a proposal seeks support or is deliberated."""

from typing import TYPE_CHECKING, Any

from django.core.cache import caches
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from governance.opinions import maps
from governance.opinions.models import Opinion, Statement
from governance.proposals.models import Proposal
from governance.proposals.states import NotThisStep
from governance.proposals.supporting import OPEN
from portal import events
from portal.clock import db_now
from portal.errors import Invalid, TooMany

if TYPE_CHECKING:
    from portal.people.models import Person

MOST = 100  # statements on one proposal
MOST_EACH = 10
LONGEST = 140
KEPT = 300  # seconds


def is_open(proposal: Proposal) -> bool:
    return proposal.state in OPEN


def state(proposal: Proposal, *, by: "Person", text: str) -> Statement:
    """Make a statement; whoever makes it agrees with it."""
    text = " ".join(text.split())
    if not text or len(text) > LONGEST:
        raise Invalid(_("A statement is one sentence of at most 140 characters."))
    with transaction.atomic():
        _refuse_closed(proposal)
        if proposal.statements.filter(text__iexact=text).exists():
            raise Invalid(_("This was stated already. Judge it instead."))
        mine = proposal.statements.filter(person=by).count()
        if mine >= MOST_EACH or proposal.statements.count() >= MOST:
            raise TooMany
        made = Statement.objects.create(
            proposal=proposal,
            person=by,
            text=text,
            language=(by.language or "en")[:2],
            at=db_now(),
        )
        _record("stated", proposal, by, statement=made.pk)
        _judged(made, by, maps.AGREE)
    return made


def judge(statement: Statement, *, by: "Person", sign: int) -> None:
    """Agree, disagree or pass; again, it changes one's mind."""
    if sign not in Opinion.Sign.values:
        raise Invalid
    with transaction.atomic():
        _refuse_closed(statement.proposal)
        _judged(statement, by, sign)
        _record("judged", statement.proposal, by, statement=statement.pk)


def _judged(statement: Statement, by: "Person", sign: int) -> None:
    Opinion.objects.update_or_create(
        statement=statement, person=by, defaults={"sign": sign, "at": db_now()}
    )


def _refuse_closed(proposal: Proposal) -> None:
    fresh = Proposal.objects.get(pk=proposal.pk)
    if not is_open(fresh):
        raise NotThisStep(fresh.state)


def _record(action: str, proposal: Proposal, by: "Person", **body: Any) -> None:
    events.record(
        f"governance:proposal:{action}", actor=by, subject=f"proposal:{proposal.pk}", body=body
    )


def map_of(proposal: Proposal) -> maps.Map:
    """Return the map of a proposal's statements, drawn again when a judgement has come."""
    rows = Opinion.objects.filter(statement__proposal=proposal, statement__erased=False)
    latest = rows.aggregate(at=Max("at"))["at"]
    key = f"opinions:{proposal.pk}:{latest and latest.timestamp()}:{rows.count()}"
    found: maps.Map | None = caches["local"].get(key)
    if found is None:
        found = maps.drawn(judgements(rows))
        caches["local"].set(key, found, KEPT)
    return found


def judgements(rows: Any) -> dict[str, dict[str, int]]:
    said: dict[str, dict[str, int]] = {}
    for person, statement, sign in rows.values_list("person_id", "statement_id", "sign"):
        said.setdefault(str(person), {})[str(statement)] = sign
    return said
