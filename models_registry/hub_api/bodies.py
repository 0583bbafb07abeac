"""Request bodies: JSON objects under a size limit; query values however a client writes them."""

import json
from typing import Any, cast

from django.utils.translation import gettext_lazy as _

from models_registry.hub_api.asking import HubRequest
from portal.errors import Invalid, Refused, TooLarge
from portal.sentences import filled

JSON_TYPES = {"application/json", "application/vnd.git-lfs+json"}
JSON_LIMIT = 4 * 1024 * 1024


class WrongMediaType(Refused):
    status = 415
    code = "UnsupportedMediaType"
    default = _("Send this request as application/json.")


def stream_of(request: HubRequest) -> Any:
    """Return the body as a stream; a chunked one has no length that Django would read to."""
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return request.META["wsgi.input"]
    return request


def announced_length(request: HubRequest) -> int | None:
    """Return the bytes that the body must have; None where it comes in chunks."""
    length = request.META.get("CONTENT_LENGTH", "")
    return int(length) if length.isascii() and length.isdigit() else None


def read_body(request: HubRequest, limit: int) -> bytes:
    body = cast(bytes, stream_of(request).read(limit + 1))
    if len(body) > limit:
        raise TooLarge(filled(_("The request is larger than %(limit)d bytes."), {"limit": limit}))
    return body


def json_body(request: HubRequest, *, limit: int = JSON_LIMIT) -> dict[str, Any]:
    """Return the JSON object in the body; an empty body is `{}`."""
    media_type = (request.content_type or "").lower()
    empty = media_type == "" and request.META.get("CONTENT_LENGTH") in (None, "", "0")
    if not empty and media_type not in JSON_TYPES:
        raise WrongMediaType
    return parse_object(read_body(request, limit) or b"{}")


def parse_object(text: bytes) -> dict[str, Any]:
    """Return the JSON object in `text`; Invalid for anything else, also for absurd nesting."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(_("The request is not valid JSON.")) from error
    if not isinstance(value, dict):
        raise Invalid(_("The request must be a JSON object."))
    return value


def text_field(body: dict[str, Any], name: str, *, required: bool = True, limit: int = 2000) -> str:
    """Return the string `name` of a JSON body, or "" when it may be absent and is."""
    value = body.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or len(value) > limit or "\x00" in value:
        raise Invalid(filled(_("“%(name)s” must be a text."), {"name": name}))
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise Invalid(filled(_("“%(name)s” is not valid Unicode."), {"name": name}))
    return value


def flag(request: HubRequest, name: str) -> bool:
    """Return a boolean query value: clients write `true`, `True` or `1`."""
    return request.GET.get(name, "").lower() in ("true", "1")


def whole_number(request: HubRequest, name: str, default: int, ceiling: int) -> int:
    """Return a positive query number, at most `ceiling`; Invalid for anything else."""
    given = request.GET.get(name, "")
    if not given:
        return default
    if not (given.isascii() and given.isdigit() and int(given[:12]) > 0):
        raise Invalid(filled(_("“%(name)s” must be a positive whole number."), {"name": name}))
    return min(int(given[:12]), ceiling)
