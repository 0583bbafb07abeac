"""The request as the views of the protocol get it: who asks is settled, nothing else is known."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.errors import Unauthenticated
from portal.people.models import Person
from portal.tokens.models import AccessToken


class HubRequest(HttpRequest):
    """A request after the chain of middleware, which makes one of every request.

    `person`: who is behind the `access_token`, None for nobody. `warnings`: what the client prints
    in the terminal beside the answer, see `warnings.py`.
    """

    person: Person | None
    access_token: AccessToken | None
    warnings: list[tuple[str, str]]


def signed_in(request: HubRequest) -> Person:
    """Return who asks; `Unauthenticated` for nobody."""
    if request.person is None:
        raise Unauthenticated(_("Invalid username or password."))
    return request.person
