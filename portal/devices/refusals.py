"""What a program is told that may not in (yet): each refusal carries OAuth's word for it."""

from django.utils.translation import gettext_lazy as _

from portal.errors import Missing, Refused


class NotLetIn(Refused):
    """`word`: the `error` of RFC 6749 5.2 and RFC 8628 3.5, which programs compare."""

    word = "invalid_request"


class Pending(NotLetIn):
    code, word = "AuthorizationPending", "authorization_pending"
    default = _("Nobody has approved this yet.")


class SlowDown(NotLetIn):
    code, word = "SlowDown", "slow_down"
    default = _("Ask less often.")


class Expired(NotLetIn):
    code, word = "ExpiredToken", "expired_token"
    default = _("The code has expired. Begin again.")


class Denied(NotLetIn):
    code, word = "AccessDenied", "access_denied"
    default = _("The request was denied in the browser.")


class BadGrant(NotLetIn):
    code, word = "InvalidGrant", "invalid_grant"
    default = _("This code is unknown, used, expired or revoked. Sign in again.")


class BadClient(NotLetIn):
    code, word = "InvalidRequest", "invalid_request"
    default = _("A program says who it is with a “client_id” of 1 to 200 printable characters.")


class UnknownGrant(NotLetIn):
    code, word = "UnsupportedGrantType", "unsupported_grant_type"
    default = _(
        "Programs are let in by device code and refresh token here. For anything else, make an "
        "access token in your settings."
    )


class NoSuchCode(Missing):
    code = "NoSuchCode"
    default = _(
        "No program waits with this code. Codes end after 15 minutes and work once: look at your "
        "terminal again, or start there anew."
    )
