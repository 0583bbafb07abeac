"""What people are told about their own data."""

from django.utils.translation import gettext_lazy as _

from portal import notices

READY = "archive_ready"
notices.declare(READY, _("Archives of your data that are ready"), default_mail=True)
