"""What a commit can do to files. Operations are ordered: a later one sees what earlier ones did."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AddFile:
    """Write a regular file; its content is kept as it is, even where it reads like a pointer."""

    path: str
    content: bytes


@dataclass(frozen=True)
class AddLfs:
    """Write a large file whose bytes this repo owns already. `size`: bytes, None if not said."""

    path: str
    sha256: str
    size: int | None = None


@dataclass(frozen=True)
class CopyFile:
    """Copy a file or a folder of this repo, from the state so far or from another revision."""

    path: str
    source: str
    source_revision: str | None = None


@dataclass(frozen=True)
class DeletePath:
    """Remove a file, or a folder with everything in it. `folder`: only a folder is meant."""

    path: str
    folder: bool = False


Operation = AddFile | AddLfs | CopyFile | DeletePath
