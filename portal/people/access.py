"""Who may do what to a person's account: its owner, and nobody else here.

| verb | anyone | self |
|---|---|---|
| see (profile) | yes, unless erased | yes |
| edit, create_organisation | no | yes |
| manage_tokens | no | yes, never with a token |
"""

from portal.access import Table, contribute
from portal.people.models import Person

SELF, PRESENT = "self", "present"


def roles(person: Person | None, whom: Person) -> set[str]:
    """`present` is everybody's role towards somebody who is there; `self` is one's own."""
    found = set() if whom.is_erased else {PRESENT}
    if person is not None and person.pk == whom.pk and not whom.is_erased:
        found.add(SELF)
    return found


PERSON = Table(
    kind=Person,
    roles=roles,
    verbs={
        "see": frozenset({PRESENT}),
        "read_own": frozenset({SELF}),
        "edit": frozenset({SELF}),
        "create_organisation": frozenset({SELF}),
        "manage_tokens": frozenset({SELF}),
    },
    scopes={
        "see": "read",
        "read_own": "read",
        "edit": "write",
        "create_organisation": "organisation.write",
        "manage_tokens": "tokens:manage",  # no token has it: a token makes no tokens
    },
    always=frozenset({"manage_tokens"}),
)
contribute(PERSON)
