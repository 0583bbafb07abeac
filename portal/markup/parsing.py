"""Markdown to HTML that is not yet safe: headings, images and addresses as this site wants them."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

# `maxNesting` bounds recursion: a text of ten thousand ">" or "[" must not cost seconds.
PARSER = MarkdownIt("commonmark", {"html": True, "maxNesting": 40}).enable(
    ["table", "strikethrough"]
)
RAW_HEADING = re.compile(r"<(/?)h([1-6])(?=[\s>/])", re.IGNORECASE)
ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|//|\\|/\\", re.IGNORECASE)
# What parsing and cleaning cost grows with the square of these; measured, each bound is < 0.5 s.
LONGEST = 400_000
MOST_TAGS = 8_000
MOST_MARKS = 8_000
MARKS = str.maketrans("", "", "".join(set(map(chr, range(128))) - set("[]()*_~<>!`\\&|-")))


@dataclass(frozen=True)
class Addresses:
    """Resolves the addresses of one text. `origins`: scheme://host[:port] we serve."""

    links: str
    images: str
    origins: Sequence[str]
    folder: str = ""

    def link(self, target: str) -> str:
        target = target.strip()
        if target.startswith("#"):
            return "#" + anchor(target[1:])
        return self._within(target, self.links)

    def image(self, source: str) -> str | None:
        """Return the address of an image, or None when it is not one of our two origins."""
        source = source.strip()
        if not ABSOLUTE.match(source):
            return self._within(source, self.images)
        parts = urlsplit(source)
        return source if f"{parts.scheme}://{parts.netloc}" in self.origins else None

    def _within(self, target: str, base: str) -> str:
        if not base or ABSOLUTE.match(target) or target.startswith(("/", "?")):
            return target
        joined = urljoin(base + self.folder, target)
        # "../../../settings" must not leave the repo it was written in
        return joined if joined.startswith(base) else base


def is_affordable(text: str) -> bool:
    """Return whether parsing this text takes bounded time, whatever it holds."""
    if len(text) > LONGEST or text.count("<") > MOST_TAGS:
        return False
    blocks = re.split(r"\n[ \t]*\n", text)
    return all(len(b) < MOST_MARKS or len(b.translate(MARKS)) < MOST_MARKS for b in blocks)


def to_html(text: str, addresses: Addresses, shift: int) -> str:
    """Return unsafe HTML: the caller cleans it."""
    tokens = PARSER.parse(text.replace("\0", ""))
    seen: dict[str, int] = {}
    outline = Outline(shift)
    for position, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = outline.tag(token.tag, closing=token.type == "heading_close")
        if token.type == "heading_open":
            token.attrSet("id", _unique(anchor(_words(tokens[position + 1])), seen))
        if token.type == "html_block":
            token.content = outline.raw(token.content)
        if token.children:
            token.children = _inline(token.children, addresses, outline)
    return PARSER.renderer.render(tokens, PARSER.options, {})


def anchor(words: str) -> str:
    """Return the id of a heading: `h-` and its words, in any script."""
    words = unicodedata.normalize("NFKC", words).casefold().removeprefix("h-")
    slug = re.sub(r"[^\w]+", "-", words).strip("-")
    return "h-" + (slug[:80] or "section")


def _words(inline: Token) -> str:
    return "".join(t.content for t in inline.children or () if t.type in ("text", "code_inline"))


def _unique(slug: str, seen: dict[str, int]) -> str:
    seen[slug] = seen.get(slug, 0) + 1
    return slug if seen[slug] == 1 else f"{slug}-{seen[slug]}"


class Outline:
    """Gives headings the levels that a reader's list of headings needs: none skipped.

    The first one comes `shift` levels below the top; `##` straight after the page's title does not
    become an `h3`.
    """

    def __init__(self, shift: int):
        self.shift = shift
        self.above: list[int] = []
        self.given: dict[int, int] = {}

    def tag(self, tag: str, *, closing: bool) -> str:
        level = int(tag[1])
        if not closing:
            while self.above and self.above[-1] >= level:
                self.above.pop()
            self.above.append(level)
            self.given[level] = min(6, self.shift + len(self.above))
        return f"h{self.given.get(level, min(6, level + self.shift))}"

    def raw(self, html: str) -> str:
        return RAW_HEADING.sub(
            lambda m: f"<{m[1]}" + self.tag("h" + m[2], closing=bool(m[1])), html
        )


def _inline(tokens: list[Token], addresses: Addresses, outline: Outline) -> list[Token]:
    done: list[Token] = []
    inside_link = 0
    for token in tokens:
        inside_link += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "html_inline":
            token.content = outline.raw(token.content)
        if token.type == "image" and addresses.image(str(token.attrGet("src") or "")) is None:
            done += _as_link(token, bool(inside_link))
        else:
            done.append(token)
    return done


def _as_link(image: Token, inside_link: bool) -> list[Token]:
    source = str(image.attrGet("src") or "")
    words = Token("text", "", 0, content=image.content or source)
    if inside_link:
        return [words]
    return [Token("link_open", "a", 1, attrs={"href": source}), words, Token("link_close", "a", -1)]
