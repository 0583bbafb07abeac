"""The allow-list. What is not named here does not reach a page."""

import re

import nh3

from portal.markup.parsing import Addresses, anchor

TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div"),
    *("dl", "dt", "em", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li"),
    *("mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub", "summary"),
    *("sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var"),
}
ATTRIBUTES = {
    "*": {"align", "lang", "id"},
    "a": {"href", "title"},
    "code": {"class"},
    "details": {"open"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
# what may be wider than the page scrolls in itself, for the keyboard too
SCROLLING = {"pre": {"tabindex": "0"}, "table": {"tabindex": "0"}}
SCHEMES = {"http", "https", "mailto"}
ALIGNMENTS = {"left", "right", "center"}
LANGUAGE_CLASS = re.compile(r"language-[\w+#.-]{1,30}")
IMAGE = re.compile(r'<img((?: [a-z]+="[^"]*")*)>')
SMALL_NUMBER = re.compile(r"\d{1,4}%?")


def clean(html: str, addresses: Addresses) -> str:
    """Return `html` with only what the allow-list names; addresses resolved and checked."""

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "href":
            return addresses.link(value)
        if attribute == "src":
            return addresses.image(value)
        return _attribute(attribute, value)

    cleaned = nh3.clean(
        _table_alignment(html),
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=keep,
        set_tag_attribute_values=SCROLLING,
        url_schemes=SCHEMES,
        link_rel="nofollow noopener noreferrer",
        clean_content_tags={"script", "style"},
    )
    return IMAGE.sub(_image, cleaned)


def _attribute(name: str, value: str) -> str | None:
    if name == "id":
        return anchor(value)
    if name == "align":
        return value if value.lower() in ALIGNMENTS else None
    if name == "class":
        return value if LANGUAGE_CLASS.fullmatch(value) else None
    if name in ("width", "height", "colspan", "rowspan", "start"):
        return value if SMALL_NUMBER.fullmatch(value) else None
    return value


def _image(found: re.Match[str]) -> str:
    """An image that lost its source gives way to its words; one without words is decoration."""
    attributes = dict(re.findall(r' ([a-z]+)="([^"]*)"', found[1]))
    if not attributes.get("src"):
        return attributes.get("alt", "")
    return found[0] if "alt" in attributes else f'<img alt=""{found[1]}>'


def _table_alignment(html: str) -> str:
    """The parser aligns columns by `style`, which our policy forbids; `align` says the same."""
    return re.sub(r'<(t[dh]) style="text-align:(left|right|center)">', r'<\1 align="\2">', html)
