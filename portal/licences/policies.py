"""What the community can decide about licences."""

from django.utils.translation import gettext_lazy as _

from portal.policies import Policy, declare, value

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
    """Return whether a new repo may have this licence."""
    allowed = value(ALLOWED.name)
    return not allowed or hub_id in allowed
