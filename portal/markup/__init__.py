"""Markdown that members wrote, as HTML that can do nothing. The only `mark_safe` of the house.

CommonMark with tables and strike-through, raw HTML allowed and then cleaned by an allow-list (nh3).
Images come from our two origins only; an image elsewhere becomes a link to it. Headings move down
one level (a page has one `h1`) and get anchors `h-…` that cannot take an id of the page.
"""

import hashlib
import json
from dataclasses import asdict, dataclass

from django.conf import settings
from django.core.cache import caches
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from portal.markup import cleaning, parsing

VERSION = 3
KEPT_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True)
class Base:
    """Where relative addresses of a text lead: `links` for pages, `images` for pictures.

    Both end in a slash, for example `/maker/minilm/blob/main/` and `/maker/minilm/download/main/`;
    `folder` is where in them the text stands (`docs/`). No relative address leaves `links`.
    """

    links: str = ""
    images: str = ""
    folder: str = ""


def render(text: str, *, base: Base = Base(), shift: int = 1) -> SafeString:
    """Return `text` as HTML. The same text with the same base is rendered once (cached by hash).

    A text too long or too tangled to format in bounded time is shown as it is, unformatted.
    """
    if not parsing.is_affordable(text):
        return format_html("<pre>{}</pre>", text)
    key = _key(text, base, shift)
    kept = caches["local"]
    html = kept.get(key)
    if html is None:
        html = _render(text, base, shift)
        kept.set(key, html, KEPT_SECONDS)
    return mark_safe(html)  # cleaned by nh3 against an allow-list


def _render(text: str, base: Base, shift: int) -> str:
    origins = (settings.PUBLIC_URL, settings.CONTENT_URL)
    addresses = parsing.Addresses(base.links, base.images, origins, base.folder)
    return cleaning.clean(parsing.to_html(text, addresses, shift), addresses)


def _key(text: str, base: Base, shift: int) -> str:
    frame = json.dumps([VERSION, asdict(base), shift, settings.PUBLIC_URL, settings.CONTENT_URL])
    return "markup:" + hashlib.sha256(frame.encode() + b"\0" + text.encode()).hexdigest()
