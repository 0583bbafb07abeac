"""Who may see and revoke an access token: its owner, in a session. A token manages no tokens."""

from portal.access import Table, contribute
from portal.people.models import Person
from portal.tokens.models import AccessToken

OWNER = "owner"
ONLY_IN_SESSION = "tokens:manage"


def roles(person: Person | None, token: AccessToken) -> set[str]:
    return {OWNER} if person is not None and person.pk == token.person_id else set()


ACCESS_TOKEN = Table(
    kind=AccessToken,
    roles=roles,
    verbs={"see": frozenset({OWNER}), "revoke": frozenset({OWNER})},
    scopes={"see": ONLY_IN_SESSION, "revoke": ONLY_IN_SESSION},
    always=frozenset({"see", "revoke"}),
)
contribute(ACCESS_TOKEN)
