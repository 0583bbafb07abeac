"""What the store refuses."""

from django.utils.translation import gettext_lazy as _

from portal.errors import Invalid, NoSpace, Refused, TooLarge


class NotAsAnnounced(Invalid):
    """Other bytes came than were announced; nothing was stored."""

    code = "NotAsAnnounced"
    default = _("These bytes are not the announced ones: their SHA-256 or their size differs.")


class CutShort(Invalid):
    code = "CutShort"
    default = _("The upload ended before all bytes were there. Send it again.")


class DiskFull(NoSpace):
    code = "DiskFull"
    default = _("The server has too little free disk space for this. Nothing was stored.")


class StoreAway(Refused):
    """The bucket does not answer, or refuses us: our fault, and worth another try."""

    status = 503
    code = "StoreAway"
    default = _("The store of large files does not answer. Nothing was changed; try again later.")


class QuotaReached(TooLarge):
    code = "QuotaReached"


__all__ = ["CutShort", "DiskFull", "NotAsAnnounced", "QuotaReached", "StoreAway", "TooLarge"]
