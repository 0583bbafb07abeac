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
ASK_ACCESS = re.compile(r"/(?:datasets/)?[^/]+/[^/]+/ask-access$")


def is_hub(path: str, environ: dict[str, Any]) -> bool:
    """Return whether the request with this raw path speaks the Hub protocol.

    Asking for access has two doors at one address: a browser's form (cookie and CSRF token) is a
    page; a script with a bearer token is the protocol.
    """
    if HUB.match(path):
        return True
    return bool(ASK_ACCESS.match(path)) and "HTTP_AUTHORIZATION" in environ
