"""Tables of rights, one for each kind of object, contributed by the app that owns the kind."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portal.people.models import Person

ANYONE = "anyone"  # everybody, signed in or not
MEMBER = "member"  # every signed-in person


def _no_keys(obj: Any) -> Collection[str]:
    return ()


@dataclass(frozen=True)
class Table:
    """Rights over one kind of object.

    `roles(person, obj)` names what the person is to the object (`anyone` and `member` are added
    for everybody and for every signed-in person); `verbs` maps a verb to the roles that may do it;
    `see` is the verb without which the object is treated as missing; `scopes` maps a verb to what
    a token needs for it (`read`, `write`, or a named scope) and thereby to what a suspended person
    may still do (`read`). A verb that `scopes` leaves out needs `write`, `see` itself `read`.

    `family` is the first half of the scopes of fine-grained tokens (default: the kind's name);
    `keys(obj)` are the names under which such a token may list the object; `always` are writing
    verbs that a suspension does not touch (one's own safety, appeals).
    """

    kind: type
    roles: Callable[["Person | None", Any], set[str]]
    verbs: Mapping[str, frozenset[str]]
    see: str = "see"
    scopes: Mapping[str, str] = field(default_factory=dict)
    family: str = ""
    keys: Callable[[Any], Collection[str]] = _no_keys
    always: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        unknown = ({self.see} | set(self.scopes) | self.always) - set(self.verbs)
        if unknown:
            raise ValueError(f"{self.kind.__name__}: no such verb: {sorted(unknown)}")

    def need(self, verb: str) -> str:
        """Return what a token needs for `verb`."""
        return self.scopes.get(verb, "read" if verb == self.see else "write")

    def roles_of(self, person: "Person | None", obj: Any) -> set[str]:
        """Return every role of `person` towards `obj`; None is nobody in particular."""
        everybody = {ANYONE} if person is None else {ANYONE, MEMBER}
        return everybody | self.roles(person, obj)


TABLES: dict[type, Table] = {}


def contribute(table: Table) -> None:
    """Register the table of a kind. Contributing it twice is harmless."""
    TABLES[table.kind] = table


def table_of(obj: Any) -> Table:
    """Return the table of an object; lazy objects (`request.user`) count as what they stand for."""
    return TABLES[obj.__class__]


def family_of(obj: Any) -> str:
    """Return the family of scopes an object belongs to: `repo`, `organisation`, …"""
    table = TABLES.get(obj.__class__)
    return (table.family if table else "") or obj.__class__.__name__.lower()


def keys_of(obj: Any) -> frozenset[str]:
    """Return the names under which a fine-grained token may list this object."""
    table = TABLES.get(obj.__class__)
    return frozenset(key.lower() for key in table.keys(obj)) if table else frozenset()
