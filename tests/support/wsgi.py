"""One Hub request through the real handler in this process, for counting what it asks.

Anything about the wire itself belongs on a real server (`tests.support.server`).
"""

import io
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signals
from django.db import close_old_connections

from portal.site.raw_path import RawPathHandler


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def hub_request(
    method: str, target: str, *, token: str = "", body: bytes = b"", **headers: str
) -> Answer:
    """Answer `method target` as the Hub handler does; `headers` with underscores."""
    handler = RawPathHandler(urlconf=settings.HUB_URLCONF, middleware=settings.HUB_MIDDLEWARE)
    path, _question, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "RAW_URI": target,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "CONTENT_LENGTH": str(len(body)),
    }
    if token:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    environ["CONTENT_TYPE"] = headers.pop("content_type", "")
    environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    started: list[Any] = []
    ends = (signals.request_started, signals.request_finished)
    for signal in ends:  # the test's transaction must outlive the request
        signal.disconnect(close_old_connections)
    try:
        response = handler(environ, lambda status, headers: started.extend([status, headers]))
        content = b"".join(response)
        response.close()
    finally:
        for signal in ends:
            signal.connect(close_old_connections)
    return Answer(int(started[0].split()[0]), dict(started[1]), content)
