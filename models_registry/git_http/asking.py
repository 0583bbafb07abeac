"""What a client asks for, read from pkt-lines. Both protocols come to the same `Wanted`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from models_registry.formats import pkt_lines
from models_registry.formats.git_objects import Malformed

MOST_WANTS, MOST_HAVES = 1000, 20_000
_OID = re.compile(rb"[0-9a-f]{40}")


@dataclass
class Wanted:
    """`depth`: commits below each want, None for all; `relative`: below what is shallow now."""

    wants: list[str] = field(default_factory=list)
    haves: list[str] = field(default_factory=list)
    shallow: set[str] = field(default_factory=set)
    depth: int | None = None
    relative: bool = False
    done: bool = False
    capabilities: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Command:
    """A request of protocol v2."""

    name: str
    arguments: list[bytes]


def command_in(body: bytes) -> Command:
    """Read a request of protocol v2; raises `Malformed`."""
    lines = list(pkt_lines.parse(body))
    if not lines or lines[0] is None or not lines[0].startswith(b"command="):
        raise Malformed("a request begins with its command")
    split = lines.index(None) if None in lines else len(lines)
    arguments = [line for line in lines[split + 1 :] if line is not None]
    return Command(lines[0].removeprefix(b"command=").decode("ascii", "replace"), arguments)


def fetch_in(arguments: Iterable[bytes]) -> Wanted:
    """Read the arguments of `fetch` (v2), or the lines of an upload request (v0)."""
    asked = Wanted()
    for argument in arguments:
        _take(asked, argument)
    if len(asked.wants) > MOST_WANTS or len(asked.haves) > MOST_HAVES:
        raise Malformed("more is asked for at once than is answered")
    return asked


def upload_request_in(body: bytes) -> Wanted:
    """Read a request of protocol v0: the first want carries the capabilities."""
    lines = [line for line in pkt_lines.parse(body) if line is not None]
    capabilities: set[str] = set()
    if lines and lines[0].startswith(b"want ") and len(lines[0]) > 45:
        capabilities = set(lines[0][45:].decode("ascii", "replace").split())
        lines[0] = lines[0][:45]
    asked = fetch_in(lines)
    asked.capabilities = capabilities
    return asked


def _take(asked: Wanted, argument: bytes) -> None:
    word, _space, value = argument.partition(b" ")
    match word:
        case b"want":
            asked.wants.append(_oid(value))
        case b"have":
            asked.haves.append(_oid(value))
        case b"shallow":
            asked.shallow.add(_oid(value))
        case b"deepen":
            asked.depth = _depth(value)
        case b"deepen-relative":
            asked.relative = True
        case b"done":
            asked.done = True
        case b"deepen-since" | b"deepen-not" | b"filter":
            raise Malformed(f"{word.decode()} is not supported here; use --depth")
        case _:  # thin-pack, no-progress, include-tag, ofs-delta: leave to, never must
            pass


def _oid(value: bytes) -> str:
    if not _OID.fullmatch(value):
        raise Malformed("an object is named by 40 hex digits")
    return value.decode()


def _depth(value: bytes) -> int:
    if not value.isdigit() or not int(value[:11]) > 0:
        raise Malformed("a depth is a whole number above zero")
    return int(value[:11])
