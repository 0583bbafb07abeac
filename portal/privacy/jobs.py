"""Making archives, and dropping those whose week is over."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import jobs, notices
from portal.clock import db_now
from portal.privacy import archives
from portal.privacy.models import Export
from portal.privacy.notices import READY


@jobs.handler(queue="default", lease_seconds=300, max_attempts=3)
def make_archive(run: jobs.Run) -> dict[str, Any] | None:
    """Write one archive and tell its person. Run twice it is written twice, to the same place."""
    rows = Export.objects.select_related("person")
    export = rows.filter(uuid=run.payload["export"], made_at=None, person__is_active=True).first()
    if export is None:
        return {"made": False}
    size, sha256 = archives.write(export)
    with run.fenced():
        now = db_now()
        Export.objects.filter(pk=export.pk).update(
            made_at=now, expires_at=now + archives.KEPT, size=size, sha256=sha256
        )
        notices.send(
            export.person,
            READY,
            subject=_("The archive of your data is ready"),
            body=_("You can fetch it for seven days. Then it is deleted; you can ask again."),
            url=reverse("settings_privacy"),
        )
    return {"made": True, "size": size}


@jobs.handler(queue="default", lease_seconds=300, max_attempts=1)
def drop_archives(run: jobs.Run) -> dict[str, Any]:
    return {"dropped": archives.drop_expired()}


def _any_expired() -> bool:
    return Export.objects.filter(expires_at__lte=db_now()).exists()


jobs.every(3600, "portal.privacy.jobs.drop_archives", when=_any_expired)
