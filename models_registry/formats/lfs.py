"""LFS pointers (git-lfs `docs/spec.md`): the small blob that stands in a tree for a large file."""

import re

_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n"
    rb"oid sha256:(?P<oid>[0-9a-f]{64})\nsize (?P<size>0|[1-9][0-9]{0,18})\n"
)
_SHA256 = re.compile(r"[0-9a-f]{64}")
LARGEST = 2**50


def is_sha256(text: str) -> bool:
    """Whether `text` is 64 lowercase hex digits."""
    return _SHA256.fullmatch(text) is not None


def pointer(sha256: str, size: int) -> bytes:
    """Return the pointer's text; its git id is what other clients of the repo compute too."""
    return (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n"
    ).encode()


def parse_pointer(content: bytes) -> tuple[str, int] | None:
    """Return (sha256, size in bytes) of a canonical pointer, None for anything else."""
    match = _POINTER.fullmatch(content)
    return (match["oid"].decode(), int(match["size"])) if match else None
