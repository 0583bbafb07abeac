"""git's pkt-lines: four hex digits of length, then the line. Source: git's `gitprotocol-common`."""

from collections.abc import Iterator

from models_registry.formats.git_objects import Malformed

LONGEST = 65520  # bytes of a line with its length
FLUSH, DELIMITER = b"0000", b"0001"
DATA, MESSAGE, FATAL = 1, 2, 3  # the channels of side-band-64k


def line(content: bytes | str) -> bytes:
    """Return a line of text or bytes, at most 65,516 bytes long."""
    raw = content.encode() if isinstance(content, str) else content
    if len(raw) > LONGEST - 4:
        raise ValueError("too long for one line")
    return b"%04x%s" % (len(raw) + 4, raw)


def side_band(channel: int, content: bytes) -> Iterator[bytes]:
    """Yield `content` on a channel, in as many lines as it needs."""
    most = LONGEST - 5
    for start in range(0, len(content), most):
        yield line(bytes([channel]) + content[start : start + most])


def parse(raw: bytes) -> Iterator[bytes | None]:
    """Yield the lines without their newlines, None for a flush or a delimiter.

    Raises `Malformed` for lengths that cannot be.
    """
    at = 0
    while at < len(raw):
        try:
            length = int(raw[at : at + 4], 16)
        except ValueError:
            raise Malformed("a line begins with its length in four hex digits") from None
        if length in (0, 1, 2):
            yield None
            at += 4
            continue
        if length == 3 or at + length > len(raw):
            raise Malformed("a line is cut")
        yield raw[at + 4 : at + length].removesuffix(b"\n")
        at += length
