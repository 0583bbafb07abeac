"""What the community can decide about licences."""

from django.utils.translation import gettext_lazy as _

from portal.errors import Invalid
from portal.policies import Policy, declare, value


class LicenceNotAllowed(Invalid):
    """A licence that the community does not take (any more); what has it already may keep it."""

    status = 422
    code = "LicenceNotAllowed"


ALLOWED = declare(
    Policy(
        name="licences.allowed",
        kind="list",
        default=[],
        title=_("Licences that new repos may have"),
        about=_("Names as in a model card. An empty list allows every licence."),
    )
)


def is_allowed(hub_id: str) -> bool:
    """Return whether a repo may be put under this licence."""
    allowed = value(ALLOWED.name)
    return not allowed or hub_id.lower().partition("@")[0] in allowed


def require_allowed(hub_id: str) -> None:
    """Refuse to put a repo under a licence that is not allowed; no licence is always allowed."""
    if hub_id and not is_allowed(hub_id):
        names = ", ".join(value(ALLOWED.name))
        raise LicenceNotAllowed(
            _("The licence “%(licence)s” is not allowed here. Allowed are: %(allowed)s.")
            % {"licence": hub_id, "allowed": names}
        )
