"""Deciding."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal.access.actor import Actor
from portal.access.refusals import Suspended, TokenScope
from portal.access.tables import ANYONE, MEMBER, Table, family_of, table_of
from portal.clock import db_now
from portal.errors import Forbidden, Missing, Refused, Unauthenticated

if TYPE_CHECKING:
    from portal.people.models import Person


@dataclass(frozen=True)
class Decision:
    allowed: bool
    refusal: Refused | None = None

    def __bool__(self) -> bool:
        return self.allowed


ALLOWED = Decision(True)


def decide(actor: Actor, verb: str, obj: Any) -> Decision:
    """Return whether `actor` may do `verb` to `obj`, and otherwise the refusal to answer with.

    `KeyError` for a verb that the kind does not have: that is a mistake of ours.
    """
    table = table_of(obj)
    refusal = (
        _by_roles(table, actor.person, verb, obj)
        or _by_standing(table, actor.person, verb)
        or _by_agreements(table, actor.person, verb)
        or _by_token(table, actor, verb, obj)
    )
    return Decision(False, refusal) if refusal is not None else ALLOWED


def require(actor: Actor, verb: str, obj: Any) -> None:
    """Raise the refusal unless `actor` may do `verb` to `obj`."""
    refusal = decide(actor, verb, obj).refusal
    if refusal is not None:
        raise refusal


def allowed(actor: Actor, obj: Any) -> frozenset[str]:
    """Return every verb that `decide` allows, reading the roles once: for pages with many deeds."""
    table = table_of(obj)
    roles = table.roles_of(actor.person, obj)
    if not roles & table.verbs[table.see]:
        return frozenset()
    return frozenset(
        verb
        for verb, may in table.verbs.items()
        if roles & may
        and not _by_standing(table, actor.person, verb)
        and not _by_token(table, actor, verb, obj)
    )


def _by_roles(table: Table, person: "Person | None", verb: str, obj: Any) -> Refused | None:
    everybody = {ANYONE} if person is None else {ANYONE, MEMBER}
    if everybody & table.verbs[table.see] and everybody & table.verbs[verb]:
        return None  # whatever else the person is to the object: nobody has to ask
    roles = table.roles_of(person, obj)
    if not roles & table.verbs[table.see]:
        return Missing()
    if roles & table.verbs[verb]:
        return None
    return Forbidden() if person is not None else Unauthenticated()


def _by_standing(table: Table, person: "Person | None", verb: str) -> Refused | None:
    if person is None or table.need(verb).endswith("read") or verb in table.always:
        return None
    if person.was_suspended and person.is_suspended(db_now()):  # the clock may cost a query
        return Suspended(person.standing_until)
    return None


def _by_agreements(table: Table, person: "Person | None", verb: str) -> Refused | None:
    """Whoever writes here has accepted the terms and norms in force; reading asks for nothing."""
    if person is None or table.need(verb).endswith("read") or verb in table.always:
        return None
    from portal.agreements import NotAccepted, site_documents_due

    due = site_documents_due(person)
    return NotAccepted(due[0]) if due else None


def _by_token(table: Table, actor: Actor, verb: str, obj: Any) -> Refused | None:
    """A token that cannot read what is not public may not learn that it exists either."""
    token, need, see = actor.token, table.need(verb), table.need(table.see)
    if token is None or token.covers(need, obj):
        return None
    is_public = bool(table.roles_of(None, obj) & table.verbs[table.see])
    if not is_public and not token.covers(see, obj):
        return Missing()
    return TokenScope(need if "." in need or ":" in need else f"{family_of(obj)}.{need}")
