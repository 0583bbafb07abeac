"""Who may do what to an organisation.

| verb | owner | maintainer | member | invited | anyone |
|---|---|---|---|---|---|
| see | yes | yes | yes | yes | yes |
| invite | yes | as member only | no | no | no |
| see_invitations | yes | yes | no | no | no |
| edit, set_role, remove_member | yes | no | no | no | no |
| leave | yes, not the last | yes | yes | no | no |
| answer (an invitation) | no | no | no | yes | no |
"""

from portal.access import ANYONE, Table, contribute
from portal.organisations.models import Invitation, Membership, Organisation, Role
from portal.people.models import Person

OWNER, MAINTAINER, COLLEAGUE, INVITED = "owner", "maintainer", "colleague", "invited"
_OF_ROLE = {Role.OWNER: OWNER, Role.MAINTAINER: MAINTAINER, Role.MEMBER: COLLEAGUE}
_INSIDE = frozenset(_OF_ROLE.values())


def roles(person: Person | None, organisation: Organisation) -> set[str]:
    if person is None:
        return set()
    held = Membership.objects.filter(organisation=organisation, person=person)
    found = {_OF_ROLE[Role(role)] for role in held.values_list("role", flat=True)}
    if not found and Invitation.objects.filter(organisation=organisation, person=person).exists():
        found.add(INVITED)
    return found


ORGANISATION = Table(
    kind=Organisation,
    roles=roles,
    verbs={
        "see": frozenset({ANYONE}),
        "see_invitations": frozenset({OWNER, MAINTAINER}),
        "invite": frozenset({OWNER, MAINTAINER}),
        "edit": frozenset({OWNER}),
        "set_role": frozenset({OWNER}),
        "remove_member": frozenset({OWNER}),
        "leave": _INSIDE,
        "answer": frozenset({INVITED}),
    },
    scopes={"see": "read", "see_invitations": "read"},
    keys=lambda organisation: (organisation.handle,),
    always=frozenset({"leave"}),
)
contribute(ORGANISATION)
