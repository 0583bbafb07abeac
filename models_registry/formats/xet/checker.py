"""A process that checks xorbs and hashes files: one JSON object a line in, one out.

    {"xorb": PLACE, "hash": TEXT, "index": PATH}     -> {"size": N}, and the index is written
    {"sha256": [RUN, …]}                             -> {"sha256": TEXT, "size": N}
    {"file": PLACE}                                  -> {"sha256": TEXT, "size": N}

A PLACE is a path or an http(s) address, a RUN the fields of `Run`. Each answer is an object with
"error", the facts of a sentence, instead where the bytes break a rule, with "away" where an address
does not answer. Ends when its input ends, so it never outlives whoever started it. Decoding keeps a
core busy: threads of a web server would wait for each other.
"""

import hashlib
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, NamedTuple

from models_registry.formats.sentences import Sentence as _
from models_registry.formats.xet import Malformed, hashes, xorbs

READ = 2**18

# Chunks of 128 KiB lie on glibc's threshold between heap and mmap: without this, page faults
# double the cost of decoding.
MALLOC = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TOP_PAD_": str(64 * 2**20),
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(256 * 2**20),
}


class Run(NamedTuple):
    """Chunks that follow each other in a xorb: its bytes `first` to `behind`; `size`: of content.

    `claims`: the path of an index whose hashes, from chunk `start` on, these chunks must have; ""
    where they were checked before.
    """

    place: str
    first: int
    behind: int
    size: int
    claims: str = ""
    start: int = 0


@contextmanager
def reading(place: str, first: int = 0, behind: int | None = None) -> Iterator[xorbs.Source]:
    """Open a file or an address at byte `first`; raises FileNotFoundError, or another OSError."""
    if not place.startswith(("http://", "https://")):
        yield Mapped(place, first, behind)
        return
    last = "" if behind is None else behind - 1
    request = urllib.request.Request(place, headers={"Range": f"bytes={first}-{last}"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            yield answer
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise FileNotFoundError(place) from error
        raise


class Mapped:
    """The bytes `first` to `behind` of a file as views of the memory it is mapped to: no copy.

    Ends where the file ends. What is read is never cut meanwhile: files of the store are whole.
    """

    def __init__(self, path: str, first: int, behind: int | None) -> None:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size  # an empty file cannot be mapped
            whole = mmap(file.fileno(), 0, access=ACCESS_READ) if size else b""
        self._content, self._at = memoryview(whole)[first:behind], 0

    def read(self, size: int, /) -> memoryview:
        first, self._at = self._at, self._at + size
        return self._content[first : self._at]


def check_xorb(place: str, name: str, target: str) -> dict[str, Any]:
    """Check a xorb and write its index to `target`."""
    with reading(place) as file:
        index = xorbs.read(file, hashes.from_text(name))
    Path(target).write_bytes(index.to_bytes())
    return {"size": index.packed_size}


def sha256_of_file(place: str) -> dict[str, Any]:
    digest, total = hashlib.sha256(), 0
    with reading(place) as file:
        while content := file.read(READ):
            digest.update(content)
            total += len(content)
    return {"sha256": digest.hexdigest(), "size": total}


def sha256_of(runs: Iterable[Run]) -> dict[str, Any]:
    """Hash the content of these runs of chunks, one after the other."""
    digest, total = hashlib.sha256(), 0
    for run in runs:
        found = 0
        with reading(run.place, run.first, run.behind) as file:
            for content in _contents(file, run):
                digest.update(content)
                found += len(content)
        if found != run.size:
            raise Malformed(_("a run of chunks holds another number of bytes than was said"))
        total += found
    return {"sha256": digest.hexdigest(), "size": total}


def _contents(file: xorbs.Source, run: Run) -> Iterator[hashes.Buffer]:
    """Yield the content of each chunk of a run, once it is what was claimed of it."""
    if not run.claims:
        yield from xorbs.decoded(file)
        return
    claimed = _claimed(run.claims)
    for number, content in enumerate(xorbs.decoded(file), run.start):
        if hashes.chunk_hash(content) != claimed[number]:
            raise Malformed(_("a chunk has another hash than was said"))
        yield content


@lru_cache(maxsize=16)
def _claimed(path: str) -> tuple[bytes, ...]:
    return xorbs.Index.from_bytes(Path(path).read_bytes()).hashes


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        if "xorb" in asked:
            return check_xorb(asked["xorb"], asked["hash"], asked["index"])
        if "file" in asked:
            return sha256_of_file(asked["file"])
        return sha256_of(Run(*run) for run in asked["sha256"])
    except Malformed as error:
        return {"error": error.said.facts()}
    except FileNotFoundError:
        return {"error": _("it is not there").facts()}
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        return {"away": str(error)}


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
