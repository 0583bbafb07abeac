"""A process that checks xorbs and hashes files: one JSON object a line in, one out.

    {"xorb": PATH, "hash": TEXT, "index": PATH}      -> {"size": N}, and the index is written
    {"sha256": [[PATH, FIRST, BEHIND, SIZE], …]}     -> {"sha256": TEXT, "size": N}
    {"file": PATH}                                   -> {"sha256": TEXT, "size": N}

Each answer is an object with "error" instead where the bytes break a rule. FIRST to BEHIND are the
bytes of a run of chunks in a xorb, SIZE its content. Ends when its input ends, so it never outlives
whoever started it. Decoding keeps a core busy: threads of a web server would wait for each other.
"""

import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, cast

from models_registry.formats.xet import Malformed, hashes, xorbs

Run = tuple[str, int, int, int]

# Chunks of 128 KiB lie on glibc's threshold between heap and mmap: without this, page faults
# double the cost of decoding.
MALLOC = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TOP_PAD_": str(64 * 2**20),
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(256 * 2**20),
}


def check_xorb(path: str, name: str, target: str) -> dict[str, Any]:
    """Check a xorb and write its index to `target`."""
    with open(path, "rb") as file:
        index = xorbs.read(file, hashes.from_text(name))
    Path(target).write_bytes(index.to_bytes())
    return {"size": index.packed_size}


def sha256_of_file(path: str) -> dict[str, Any]:
    with open(path, "rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "size": file.tell()}


def sha256_of(runs: Iterable[Run]) -> dict[str, Any]:
    """Hash the content of these runs of chunks, one after the other."""
    digest, total = hashlib.sha256(), 0
    for path, first, behind, size in runs:
        with open(path, "rb") as file:
            file.seek(first)
            found = 0
            for content in xorbs.decoded(cast(BinaryIO, Part(file, behind - first))):
                digest.update(content)
                found += len(content)
        if found != size:
            raise Malformed("a run of chunks holds another number of bytes than was said")
        total += found
    return {"sha256": digest.hexdigest(), "size": total}


class Part:
    """`length` bytes of an open file from where it stands."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file, self._left = file, length

    def read(self, size: int) -> bytes:
        content = self._file.read(min(size, self._left))
        self._left -= len(content)
        return content


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        if "xorb" in asked:
            return check_xorb(asked["xorb"], asked["hash"], asked["index"])
        if "file" in asked:
            return sha256_of_file(asked["file"])
        return sha256_of(asked["sha256"])
    except Malformed as error:
        return {"error": str(error)}
    except FileNotFoundError:
        return {"error": "it is not there"}


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
