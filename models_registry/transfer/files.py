"""Files that a web server can send without reading them: windows on open files."""

import io
import mimetypes
import os
from typing import Any, BinaryIO

_TEXT = {
    ".cfg", ".csv", ".ini", ".json", ".jsonl", ".log", ".md", ".toml", ".tsv", ".txt", ".yaml",
    ".yml",
}  # fmt: skip
_IMAGES = {".avif", ".gif", ".jpeg", ".jpg", ".png", ".webp"}


class Window(io.RawIOBase):
    """The bytes of a file from its present position on, `length` of them and no more.

    `fileno()` is the file's own, so that the server calls sendfile(2) for `Content-Length` bytes;
    a server that reads instead gets the same bytes.
    """

    def __init__(self, file: BinaryIO, length: int):
        self._file = file
        self._left = length

    def fileno(self) -> int:
        return self._file.fileno()

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        content = self._file.read(wanted) if wanted else b""
        self._left -= len(content)
        return content

    def readinto(self, buffer: Any, /) -> int:
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Follow the system: `socket.sendfile` tells at its end how far it has sent."""
        return self._file.seek(offset, whence)

    def close(self) -> None:
        self._file.close()
        super().close()


def shown_as(name: str) -> tuple[str, bool]:
    """Return (content type, attachment) for a file of this name.

    Only plain text and pictures may show in a browser; whatever could run is a download.
    """
    suffix = os.path.splitext(name)[1].lower()
    if suffix in _IMAGES:
        return mimetypes.types_map.get(suffix, f"image/{suffix[1:]}"), False
    if suffix in _TEXT:
        return "text/plain; charset=utf-8", False
    return "application/octet-stream", True
