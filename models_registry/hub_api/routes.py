"""Which raw paths belong to the Hub protocol; all others are pages."""

import re
from typing import Any

HUB = re.compile(
    r"""/api/(?!v1(/|$)|docs(/|$)|schema(/|$))
    | /(?:(?:datasets|models|spaces)/)?[^/]+(?:/[^/]+)?/resolve/
    | /(?:(?:datasets|models|spaces)/)?[^/]+/[^/]+\.git(?:/|$)
    | /(?:(?:datasets|models|spaces)/)?[^/]+/[^/]+/info/(?:lfs/|refs$)
    | /(?:(?:datasets|models|spaces)/)?[^/]+/[^/]+/git-(?:upload|receive)-pack$
    """,
    re.VERBOSE,
)
OAUTH = re.compile(r"/oauth/(?:device|token)$")
ASK_ACCESS = re.compile(r"/(?:datasets/)?[^/]+/[^/]+/ask-access$")


def is_hub(path: str, environ: dict[str, Any]) -> bool:
    """Return whether the request with this raw path speaks the Hub protocol.

    Asking for access has two doors at one address: a browser's form (cookie and CSRF token) is a
    page; a script with a bearer token is the protocol. So has letting a program in: it posts, and
    its person reads the page.
    """
    if HUB.match(path):
        return True
    if OAUTH.match(path):
        return path != "/oauth/device" or environ["REQUEST_METHOD"] not in ("GET", "HEAD")
    return bool(ASK_ACCESS.match(path)) and "HTTP_AUTHORIZATION" in environ
