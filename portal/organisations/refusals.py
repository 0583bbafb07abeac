"""What organisations refuse, and why."""

from django.utils.translation import gettext_lazy as _

from portal.errors import Conflict, Forbidden, Invalid, NotNow


class LastOwner(NotNow):
    code = "LastOwner"
    default = _("An organisation needs an owner. Make somebody else an owner first.")


class AlreadyThere(Conflict):
    code = "AlreadyThere"
    default = _("This person is a member or invited already.")


class NotAMember(Invalid):
    code = "NotAMember"
    default = _("This person is not a member.")


class NobodyThere(Invalid):
    code = "NobodyThere"
    default = _("There is nobody with this handle.")


class OnlyOwnersAppoint(Forbidden):
    code = "OnlyOwnersAppoint"
    default = _("Only an owner can give the roles of owner and maintainer.")


class UnknownRole(Invalid):
    code = "UnknownRole"
    default = _("The roles are owner, maintainer and member.")
