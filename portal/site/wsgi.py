"""The WSGI entrance. One process serves pages and the Hub protocol; the transfer side is a second.

`COMMONHOLD_ROLE`: `pages` (default), `transfer`, or `both` for one port. The Hub's routes are told
apart on the *raw* request target and go to a second Django handler: `refs%2Fpr%2F1` must arrive
as one segment, and every download asks twice, so its chain of middleware is short.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.urls import get_resolver
from django.utils.module_loading import import_string

from portal.site.one_port import Application, capped
from portal.site.raw_path import RawPathHandler, raw_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.site.settings")


def pages() -> Application:
    """Return the application that serves pages, the REST API and the Hub protocol."""
    site = WSGIHandler()
    hub = RawPathHandler(urlconf=settings.HUB_URLCONF, middleware=settings.HUB_MIDDLEWARE)
    is_hub: Callable[[str, dict[str, Any]], bool] = import_string(settings.HUB_ROUTES)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        chosen = hub if is_hub(raw_path(environ), environ) else site
        return chosen(environ, start_response)

    return application


def transfer() -> Application:
    """Return the application that serves members' bytes: no cookie is read, none is set."""
    return RawPathHandler(
        urlconf=settings.TRANSFER_URLCONF, middleware=settings.TRANSFER_MIDDLEWARE
    )


def both() -> Application:
    """Return everything behind one port, told apart by the first segment of the path."""
    front, bytes_side = pages(), capped(transfer(), settings.ONE_PORT_TRANSFERS)
    prefixes = tuple(settings.TRANSFER_PREFIXES)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        chosen = bytes_side if raw_path(environ).startswith(prefixes) else front
        return chosen(environ, start_response)

    return application


def build(role: str) -> Application:
    django.setup()
    from portal.demo import refuse_public

    refuse_public()  # demo people never meet the public
    built = {"pages": pages, "transfer": transfer, "both": both}[role]()
    _load(role)
    connections.close_all()  # gunicorn forks next, and a connection belongs to one process
    return built


def _load(role: str) -> None:
    """Import every view now, once for all the processes that are forked from this one."""
    urlconfs = [settings.TRANSFER_URLCONF] if role != "pages" else []
    urlconfs += [settings.ROOT_URLCONF, settings.HUB_URLCONF] if role != "transfer" else []
    for urlconf in urlconfs:
        get_resolver(urlconf)._populate()  # type: ignore[attr-defined]


application = build(os.environ.get("COMMONHOLD_ROLE", "pages"))
