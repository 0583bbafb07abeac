"""What people are told by organisations."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import notices
from portal.organisations.models import Invitation

INVITED = "organisation_invited"
notices.declare(INVITED, _("Invitations to organisations"), default_mail=True)


def invited(invitation: Invitation) -> None:
    """Tell somebody that an organisation would like to have them."""
    notices.send(
        invitation.person,
        INVITED,
        subject=_("%(organisation)s invites you"),
        body=_("%(person)s invites you to join %(organisation)s. You can accept or decline."),
        url=reverse("settings_organisations"),
        context={
            "organisation": invitation.organisation.shown_name,
            "person": invitation.invited_by.shown_name,
        },
    )
