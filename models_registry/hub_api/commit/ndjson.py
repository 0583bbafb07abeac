"""Step 1 of a commit: read the body line by line, under limits, into what it says.

A body may be 100 MB and more: one line is in memory at a time, and the decoded files together stay
in memory up to a limit and then on disk. Nothing is decided here.
"""

import base64
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from models_registry.hub_api.bodies import parse_object, text_field
from portal.errors import Invalid, TooLarge
from portal.sentences import filled

FILE_LIMIT = 10 * 1024 * 1024
LINE_LIMIT = FILE_LIMIT * 4 // 3 + 16 * 1024
BODY_LIMIT = 512 * 1024 * 1024
OPERATIONS_LIMIT = 25_000
SPOOL_IN_MEMORY = 8 * 1024 * 1024
SHA256 = re.compile(r"[0-9a-f]{64}")
OID_PREFIX = re.compile(r"[0-9a-f]{5,40}")
SIZE_LIMIT = 2**63 - 1


class Readable(Protocol):
    def readline(self, size: int = ...) -> bytes: ...


@dataclass(frozen=True)
class Header:
    summary: str
    description: str = ""
    parent: str | None = None


@dataclass(frozen=True)
class File:
    """A regular file: its bytes lie in the spool at `offset`."""

    path: str
    offset: int
    size: int


@dataclass(frozen=True)
class LfsFile:
    path: str
    sha256: str
    size: int | None


@dataclass(frozen=True)
class Copy:
    path: str
    source: str
    revision: str | None


@dataclass(frozen=True)
class Delete:
    """`folder` says only what the client believes the path to be."""

    path: str
    folder: bool


Line = File | LfsFile | Copy | Delete


class Spool:
    """Decoded files of one commit, one after the other; in memory until they are many."""

    def __init__(self) -> None:
        self.file = tempfile.SpooledTemporaryFile(max_size=SPOOL_IN_MEMORY)  # noqa: SIM115
        self.size = 0

    def put(self, content: bytes) -> int:
        offset, self.size = self.size, self.size + len(content)
        self.file.write(content)
        return offset

    def get(self, entry: File) -> bytes:
        self.file.seek(entry.offset)
        return self.file.read(entry.size)

    def close(self) -> None:
        self.file.close()


def lines(stream: Readable, announced: int | None) -> Iterator[bytes]:
    """Yield the non-empty lines of the body; TooLarge for a line or a body beyond the limits.

    `announced`: the bytes that must come; a body that is cut after a whole line is no commit.
    """
    total = 0
    while line := stream.readline(LINE_LIMIT + 1):
        total += len(line)
        if len(line) > LINE_LIMIT:
            raise TooLarge(
                _("A file in a commit may have 10 MB. Larger ones are uploaded as LFS files.")
            )
        if total > BODY_LIMIT:
            raise TooLarge(_("A commit may have 512 MB of regular files. Split it."))
        if line.strip():
            yield line
    if announced is not None and total != announced:
        raise Invalid(_("The commit ended before all of it was there. Send it again."))


def parse(
    stream: Readable, spool: Spool, announced: int | None = None
) -> tuple[Header, list[Line]]:
    """Return the header and the operations in order; raises Invalid or TooLarge."""
    header: Header | None = None
    operations: list[Line] = []
    for text in lines(stream, announced):
        key, value = keyed(text)
        if key == "header":
            if header is not None:
                raise Invalid(_("A commit has one header."))
            header = header_of(value)
            continue
        if len(operations) >= OPERATIONS_LIMIT:
            raise TooLarge(_("A commit may have 25,000 operations. Split it."))
        operations.append(operation_of(key, value, spool))
    if header is None:
        raise Invalid(_("The commit has no header."))
    return header, operations


def keyed(text: bytes) -> tuple[str, dict[str, Any]]:
    line = parse_object(text)
    key, value = line.get("key"), line.get("value")
    if not isinstance(key, str) or not isinstance(value, dict):
        raise Invalid(_("Each line of a commit has a “key” and a “value”."))
    return key, value


def header_of(value: dict[str, Any]) -> Header:
    parent = value.get("parentCommit")
    if parent is not None and not (isinstance(parent, str) and OID_PREFIX.fullmatch(parent)):
        raise Invalid(_("“parentCommit” must be 5 to 40 lowercase hexadecimal digits."))
    summary = text_field(value, "summary", limit=20_000)
    if not summary.strip():
        raise Invalid(_("A commit needs a summary."))
    description = text_field(value, "description", required=False, limit=200_000)
    return Header(summary, description, parent)


def operation_of(key: str, value: dict[str, Any], spool: Spool) -> Line:
    path = text_field(value, "path", limit=4096)
    match key:
        case "file":
            content = content_of(value)
            return File(path, spool.put(content), len(content))
        case "lfsFile":
            return lfs_file(path, value)
        case "deletedFile" | "deletedFolder":
            return Delete(path, folder=key == "deletedFolder")
        case "copyFile":
            source = text_field(value, "srcPath", limit=4096)
            return Copy(path, source, text_field(value, "srcRevision", required=False) or None)
        case _:
            raise Invalid(filled(_("A commit has no operation “%(key)s”."), {"key": key[:40]}))


def content_of(value: dict[str, Any]) -> bytes:
    content = value.get("content")
    if not isinstance(content, str):
        raise Invalid(_("A file needs its “content”."))
    try:
        if value.get("encoding", "base64") == "utf-8":
            decoded = content.encode()
        else:
            decoded = base64.b64decode(content, validate=True)
    except ValueError as error:
        raise Invalid(_("The “content” of a file is not in its “encoding”.")) from error
    if len(decoded) > FILE_LIMIT:
        raise TooLarge(
            _("A file in a commit may have 10 MB. Larger ones are uploaded as LFS files.")
        )
    return decoded


def lfs_file(path: str, value: dict[str, Any]) -> LfsFile:
    oid, size = value.get("oid"), value.get("size")
    if value.get("algo") != "sha256":
        raise Invalid(_("LFS files are named by their sha256."))
    if not isinstance(oid, str) or not SHA256.fullmatch(oid):
        raise Invalid(_("“oid” must be a sha256: 64 lowercase hexadecimal digits."))
    if size is not None and not is_size(size):
        raise Invalid(_("“size” must be a whole number of bytes."))
    return LfsFile(path, oid, size)


def is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= SIZE_LIMIT
