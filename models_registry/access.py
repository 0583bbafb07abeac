"""Who may do what to a repo. The licence gate asks about content separately, after `download`.

| verb | owner, maintainer | organisation member | member (signed in) | anyone |
|---|---|---|---|---|
| see, read, download | yes | yes | where public | where public |
| discuss, propose, like | yes | yes | where public | no |
| write | yes | yes | no | no |
| settings | yes | no | no | no |
| delete | owner | no | no | no |
"""

from collections.abc import Mapping

from models_registry.models import Repo
from portal.access import Table, contribute
from portal.models import Membership
from portal.people.models import Namespace, Person

OWNER, MAINTAINER, COLLEAGUE = "owner", "maintainer", "colleague"
VISITOR, GUEST = "visitor", "guest"  # of a public repo: whoever it is, and whoever signed in

_INSIDE = frozenset({OWNER, MAINTAINER, COLLEAGUE})
_ORGANISATION_ROLES: Mapping[str, str] = {
    "owner": OWNER,
    "maintainer": MAINTAINER,
    "member": COLLEAGUE,
}


def roles(person: Person | None, repo: Repo) -> set[str]:
    """Return what `person` is to `repo`."""
    found = set()
    if not repo.is_private:
        found |= {VISITOR, GUEST} if person is not None else {VISITOR}
    if person is None:
        return found
    if repo.namespace.person_id == person.pk:
        found.add(OWNER)
    elif repo.namespace.organisation_id is not None:
        found |= {_ORGANISATION_ROLES[role] for role in _held(person, repo)}
    return found


def _held(person: Person, repo: Repo) -> list[str]:
    """Return the person's role in the organisation that owns `repo`, if any.

    A repo that was loaded for this very person brings it along: `repos.find`.
    """
    if repo.known_role is not None and repo.known_role[0] == person.pk:
        return [repo.known_role[1]] if repo.known_role[1] else []
    roles_held = Membership.objects.filter(  # type: ignore[misc]
        organisation_id=repo.namespace.organisation_id, person=person
    )
    return list(roles_held.values_list("role", flat=True))


REPO = Table(
    kind=Repo,
    roles=roles,
    verbs={
        "see": _INSIDE | {VISITOR},
        "read": _INSIDE | {VISITOR},
        "download": _INSIDE | {VISITOR},
        "discuss": _INSIDE | {GUEST},
        "propose": _INSIDE | {GUEST},
        "like": _INSIDE | {GUEST},
        "write": _INSIDE,
        "settings": frozenset({OWNER, MAINTAINER}),
        "delete": frozenset({OWNER}),
    },
    scopes={"see": "read", "read": "read", "download": "read"},
    keys=lambda repo: (repo.full_name, repo.namespace.name),
)
contribute(REPO)


def roles_in(person: Person | None, namespace: Namespace) -> set[str]:
    """Return what `person` is to a namespace in which a repo is to be made."""
    if person is None:
        return set()
    if namespace.person_id == person.pk:
        return {OWNER}
    held = Membership.objects.filter(  # type: ignore[misc]
        organisation_id=namespace.organisation_id, organisation__isnull=False, person=person
    ).values_list("role", flat=True)
    return {_ORGANISATION_ROLES[role] for role in held}


NAMESPACE = Table(
    kind=Namespace,
    roles=roles_in,
    verbs={"see": frozenset({"anyone"}), "create_repo": _INSIDE},
    scopes={"see": "read"},
)
contribute(NAMESPACE)
