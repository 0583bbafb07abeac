"""What revisions refuse, in the words and with the codes that Hub clients know."""

from django.utils.translation import gettext_lazy as _

from portal.errors import Conflict, Forbidden, Invalid, Missing, Stale, TooLarge


class RevisionNotFound(Missing):
    code = "RevisionNotFound"
    default = _("There is no such revision.")


class EntryNotFound(Missing):
    code = "EntryNotFound"
    default = _("There is no such file in this revision.")


class BranchMoved(Stale):
    """The sentence is the Hub's own: clients and their users know it."""

    default = _("The branch was updated since you opened this page. Please refresh and try again.")


class LfsMissing(Invalid):
    """The answer for a hash that nobody stored and for one that another repo owns is the same."""

    code = "LfsMissing"
    default = _(
        "LFS pointer pointed to a file that does not exist. Upload its bytes to this repo first."
    )


class PathInTheWay(Conflict):
    status = 400
    code = "PathInTheWay"


class CommitTooLarge(TooLarge):
    code = "CommitTooLarge"


class BadRefName(Invalid):
    code = "BadRefName"
    default = _("This is not a name that git allows for a branch or a tag.")


class RefExists(Conflict):
    code = "RefExists"


class ProtectedRef(Forbidden):
    code = "ProtectedRef"
