"""Parts of a raw path. Each converter matches quoted text and hands on unquoted text."""

from urllib.parse import quote, unquote

from django.urls import register_converter


class RawSegment:
    """One segment: `refs%2Fpr%2F1` becomes `refs/pr/1`. Bytes that are no UTF-8 match nothing."""

    regex = r"[^/]+"

    def to_python(self, value: str) -> str:
        return unquote(value, errors="strict")  # UnicodeDecodeError is a ValueError: no match

    def to_url(self, value: str) -> str:
        return quote(value, safe="")


class RawTail(RawSegment):
    """The rest of the path: a file's path inside its repo, each segment quoted."""

    regex = r".+"

    def to_url(self, value: str) -> str:
        return quote(value)


class PlainName(RawSegment):
    """A namespace or repo name. The grammar has no quoted characters: `%6Die` is nobody."""

    regex = r"[A-Za-z0-9_.\-]+"

    def to_python(self, value: str) -> str:
        return value


class GitName(PlainName):
    """A repo's name before `.git`."""

    regex = r"[A-Za-z0-9_.\-]+?"


class RepoType(RawSegment):
    """`models` or `datasets`."""

    regex = r"models|datasets"

    def to_python(self, value: str) -> str:
        return value.removesuffix("s")


class RequestStates(RawSegment):
    """A list of access requests."""

    regex = r"pending|accepted|rejected|reset"


class Number(RawSegment):
    """The number of a discussion, as text: at most nine digits."""

    regex = r"[1-9][0-9]{0,8}"


register_converter(Number, "number")
register_converter(RequestStates, "state")
register_converter(RawSegment, "segment")
register_converter(RawTail, "tail")
register_converter(PlainName, "name")
register_converter(GitName, "gitname")
register_converter(RepoType, "type")
