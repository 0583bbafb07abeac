"""What owners of tokens are told."""

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import notices

if TYPE_CHECKING:
    from portal.tokens.models import AccessToken

LEAKED = "token_leaked"
notices.declare(LEAKED, _("Access tokens of yours that were found in the open"), mandatory=True)


def leaked(token: "AccessToken") -> None:
    """Tell the owner that somebody reported the token as leaked and that it is revoked."""
    notices.send(
        token.person,
        LEAKED,
        subject=_("An access token of yours was found in the open and is revoked"),
        body=_(
            "Somebody reported your access token “%(name)s” (%(hint)s…) as leaked. It was revoked "
            "at once. Make a new one, and look at what the old one may have been used for."
        ),
        url=reverse("settings_tokens"),
        context={"name": token.name, "hint": token.hint},
    )
