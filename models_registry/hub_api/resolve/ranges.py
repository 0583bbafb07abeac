"""`Range` and `If-Range` of one request (RFC 9110, section 14): at most one range is honoured."""

import re

from django.http import HttpRequest

RANGE = re.compile(r"bytes=(?:(?P<first>\d{1,18})-(?P<last>\d{1,18})?|-(?P<suffix>\d{1,18}))")


class Unsatisfiable(Exception):
    """The range lies behind the end of the file."""


def wanted_range(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """Return the first and last byte asked for; None for the whole file.

    Several ranges, and anything that is no byte range, are answered with the whole file: the
    multipart answer is what range amplification lives on.
    """
    asked = RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if asked is None or request.headers.get("If-Range", etag) != etag:
        return None
    if asked["suffix"] is not None:
        first, last = max(0, size - int(asked["suffix"])), size - 1
        empty = int(asked["suffix"]) == 0
    else:
        first = int(asked["first"])
        last = min(int(asked["last"] or size), size - 1)
        empty = first > last
        if asked["last"] is not None and int(asked["last"]) < first:
            return None  # not a range at all
    if empty or first >= size:
        raise Unsatisfiable
    return first, last
