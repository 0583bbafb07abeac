"""Demo people never meet the public."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from portal.errors import Refused


class DemoMeetsPublic(Refused):
    """Demo people have published passwords' worth of protection: none."""

    code = "DemoMeetsPublic"
    default = _(
        "There are demo people in this database, and its public address is not this machine. "
        "Remove them with `manage.py remove_demo`, or use an address such as http://localhost:8000."
    )


def is_loopback(url: str) -> bool:
    """Return whether `url` names this machine only."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_public(*, seeding: bool = False) -> None:
    """Raise `DemoMeetsPublic` if demo people exist (or are about to) on a public address."""
    from portal.people.models import Person

    if is_loopback(settings.PUBLIC_URL):
        return
    if seeding or Person.objects.filter(is_demo=True).exists():
        raise DemoMeetsPublic


@checks.register(checks.Tags.security)
def no_demo_people_in_public(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    try:
        refuse_public()
    except DemoMeetsPublic as refusal:
        return [checks.Error(str(refusal), id="portal.E030")]
    except DatabaseError:
        pass  # not migrated yet: nobody is in there
    return []
