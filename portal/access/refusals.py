"""What `decide` answers with when the roles alone would have allowed it."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from portal.errors import Forbidden


class Suspended(Forbidden):
    """The person may look, not act, until `until` (None: until it is lifted)."""

    code = "Suspended"
    default = _("Your account is suspended: you can read, but not change anything.")

    def __init__(self, until: dt.datetime | None = None):
        sentence: object = self.default
        if until is not None:
            sentence = _(
                "Your account is suspended until %(until)s (UTC): you can read, but not change "
                "anything."
            ) % {"until": until.strftime("%Y-%m-%d %H:%M")}
        super().__init__(sentence)
        self.until = until


class TokenScope(Forbidden):
    """The person may do it, this access token may not."""

    code = "TokenScope"
    default = _("This access token does not allow that. Use one with the scope “%(scope)s”.")

    def __init__(self, scope: str):
        super().__init__(self.default % {"scope": scope}, scope=scope)
        self.scope = scope
