"""Who asks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portal.people.models import Person
    from portal.tokens.models import AccessToken


@dataclass(frozen=True)
class Actor:
    """Who asks: a person (or nobody), and the credential they came with."""

    person: "Person | None" = None
    token: "AccessToken | None" = None

    @classmethod
    def of(cls, request: Any) -> "Actor":
        """Return the actor of a Django or DRF request. Somebody who is gone is nobody."""
        user = getattr(request, "user", None)
        present = user is not None and user.is_authenticated and user.is_active
        token = getattr(request, "access_token", None) or getattr(request, "auth", None)
        return cls(user if present else None, token if present else None)
