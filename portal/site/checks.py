"""System checks of the installation as a whole; what one room needs, that room checks.

portal.E001  the data folder is not this user's alone        portal.W001  content on the pages' host
portal.E002  a public address without https                  portal.W002  mail only into files
portal.E003  debugging on a public address
portal.E004  a database that was left between migrations which have since become one
"""

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from portal.demo import is_loopback

Messages = list[checks.CheckMessage]


def _public() -> bool:
    return not is_loopback(settings.PUBLIC_URL)


@checks.register(checks.Tags.security)
def data_folder_is_private(app_configs: Any, **kwargs: Any) -> Messages:
    """Secrets, mails and members' private files are in there."""
    mode = settings.DATA_DIR.stat().st_mode & 0o777
    if not mode & 0o077:
        return []
    return [
        checks.Error(
            f"Other users of this machine may enter the data folder {settings.DATA_DIR} "
            f"(mode {mode:03o}).",
            hint=f"chmod 700 {settings.DATA_DIR}",
            id="portal.E001",
        )
    ]


@checks.register(checks.Tags.security)
def public_sites_are_encrypted(app_configs: Any, **kwargs: Any) -> Messages:
    if not _public() or settings.HTTPS:
        return []
    return [
        checks.Error(
            f"{settings.PUBLIC_URL} is public and not encrypted: passwords and tokens would be "
            "readable on the way.",
            hint="Put a proxy with a certificate in front (deploy/nginx.conf) and name its "
            "https address in COMMONHOLD_PUBLIC_URL.",
            id="portal.E002",
        )
    ]


@checks.register(checks.Tags.security)
def public_sites_do_not_debug(app_configs: Any, **kwargs: Any) -> Messages:
    if not (_public() and settings.DEBUG):
        return []
    return [
        checks.Error(
            "Debugging is on, and the address is public: error pages would show settings.",
            hint="Unset COMMONHOLD_DEBUG.",
            id="portal.E003",
        )
    ]


@checks.register(checks.Tags.security)
def content_has_a_host_of_its_own(app_configs: Any, **kwargs: Any) -> Messages:
    """Browsers send a host's cookies to all its ports, so a port alone is no wall in public."""
    hosts = {urlsplit(url).hostname for url in (settings.PUBLIC_URL, settings.CONTENT_URL)}
    if not _public() or len(hosts) == 2:
        return []
    return [
        checks.Warning(
            "Members' files are served from the host name of the pages.",
            hint="Give them a host name of their own and set COMMONHOLD_CONTENT_URL.",
            id="portal.W001",
        )
    ]


@checks.register
def mail_reaches_people(app_configs: Any, **kwargs: Any) -> Messages:
    if not _public() or os.environ.get("EMAIL_URL"):
        return []
    return [
        checks.Warning(
            "Mail is written to files, so nobody can confirm an address or reset a password.",
            hint="Name a mail server, for example EMAIL_URL=smtp+tls://user:secret@mail.host:587",
            id="portal.W002",
        )
    ]


@checks.register(checks.Tags.database)  # type: ignore[type-var]
def squashed_migrations_were_all_applied(
    app_configs: Any, databases: list[str] | None, **kwargs: Any
) -> Messages:
    """Where only some of them were, Django leaves the app out of every migration, silently."""
    found: Messages = []
    for using in databases or []:
        loader = MigrationLoader(connections[using])
        for (app, name), migration in loader.replacements.items():
            absent = set(migration.replaces) - set(loader.applied_migrations)
            if absent and len(absent) < len(migration.replaces):
                text = f"Of what {app} {name} replaces, only a part was ever applied here."
                hint = f"Migrate with the last version that has it (git log -- {app}/migrations)."
                found.append(checks.Error(text, hint=hint, id="portal.E004"))
    return found
