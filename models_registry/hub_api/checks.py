"""The Hub protocol needs a server that hands on the raw request path; `runserver` does not."""

import sys
from typing import Any

from django.core.checks import CheckMessage, Error, register

SERVERS_WITHOUT_RAW_PATH = {"runserver", "testserver", "runserver_plus"}


@register
def server_gives_the_raw_path(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a development server: it would answer `refs%2Fpr%2F1` and `refs/pr/1` alike."""
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command not in SERVERS_WITHOUT_RAW_PATH:
        return []
    return [
        Error(
            f"`{command}` gives no raw request path, which the Hub protocol needs.",
            hint="Start the portal with `./commonhold up`, or gunicorn with portal.site.wsgi.",
            id="models_registry.E001",
        )
    ]
