"""Whole files that somebody else sends for us: nginx from our disk, or the bucket itself.

Only after right, gate and range were looked at, and only where they would answer as we do.
"""

from typing import BinaryIO

from django.http import HttpRequest, HttpResponse

from models_registry.storage import store
from models_registry.storage.addresses import Fetching
from models_registry.storage.contents import Reader
from models_registry.transfer import nginx


def handed_over(
    request: HttpRequest, address: Fetching, name: str, file: BinaryIO, *, whole: bool
) -> HttpResponse | None:
    """Return an answer that lets somebody else send the bytes; None where we do.

    `whole`: the whole file is to be sent, though perhaps a range was asked for.
    """
    asked = "Range" in request.headers
    if request.method != "GET" or "If-Range" in request.headers or (whole and asked):
        return None
    if not address.is_stored or isinstance(file, Reader):
        return None
    path = store.path_of(address.key)
    if path is not None:
        return nginx.sends(path) if nginx.is_before_us(request) else None
    window = None if address.first is None or address.last is None else (
        address.first, address.last
    )  # fmt: skip
    elsewhere = store.address(address.key, name, window)
    return None if elsewhere is None else HttpResponse(status=302, headers={"Location": elsewhere})
