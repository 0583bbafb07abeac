"""What Xet costs the server, in CPU seconds of this process, one thread, medians of `ROUNDS`.

    .venv/bin/python -m benchmarks.xet

The xorbs are made by hf_xet itself from 64 MB of each kind of data; the reconstruction is that of a
fine-tune of 10 GB in runs of 80 chunks, whose answer for a window of 256 MB is what clients ask.
"""

import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import lz4.frame
import numpy as np

from models_registry.formats.xet import hashes, plans, shards, xorbs
from models_registry.formats.xet.checker import MALLOC, Run, reading, sha256_of

ROUNDS = 5
SIZE = 64 * 10**6
GB = 10**9
SCHEME = 4  # the byte of a chunk's header that says how it is compressed
UPLOAD = """
import hf_xet, sys
folder, name = sys.argv[1:]
with hf_xet.XetSession().new_upload_commit(endpoint=f"local://{folder}/{name}.store") as commit:
    commit.start_upload_file(f"{folder}/{name}", sha256=hf_xet.COMPUTE_SHA256)
"""


def contents() -> dict[str, bytes]:
    rng = np.random.default_rng(1)
    floats = rng.normal(size=SIZE // 4).astype("float32")
    bf16 = (rng.normal(size=SIZE // 2).astype("float32").view("uint32") >> 16).astype("uint16")
    text = b"".join(b"%d, a line of a log\n" % (line * line) for line in range(SIZE // 28))
    return {
        "random": rng.bytes(SIZE),
        "bf16": bf16.tobytes(),
        "fp32": floats.tobytes(),
        "text": text[:SIZE],
    }


def stored(folder: Path, name: str, content: bytes) -> dict[bytes, Path]:
    """Let hf_xet make xorbs of a file; return them by hash."""
    (folder / name).write_bytes(content)
    environment = {"HOME": str(folder), "HF_HOME": str(folder / "home")}
    words = [sys.executable, "-c", UPLOAD, str(folder), name]
    subprocess.run(words, check=True, env=environment)
    found = (folder / f"{name}.store" / "xet" / "xorbs" / "xorbs").glob("default.*")
    files = [path for path in found if path.suffix != ".tagset"]
    return {hashes.from_text(path.name.partition(".")[2]): path for path in files}


def seconds(work: Callable[[], object]) -> float:
    """Return the median of the CPU seconds that `work` takes."""
    taken = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return statistics.median(taken)


def validated(files: dict[bytes, Path]) -> list[xorbs.Index]:
    found = []
    for name, path in files.items():
        with reading(str(path)) as file:
            found.append(xorbs.read(file, name))
    return found


def hashed(files: dict[bytes, Path], indexes: list[xorbs.Index]) -> None:
    runs = [
        Run(str(path), 0, index.packed_size, index.raw_size)
        for path, index in zip(files.values(), indexes, strict=True)
    ]
    sha256_of(runs)


def read_plainly(files: dict[bytes, Path]) -> None:
    for path in files.values():
        with path.open("rb") as raw, io.BufferedReader(raw) as file:  # type: ignore[type-var]
            for _chunk in xorbs.decoded(file):
                pass


def libraries(files: dict[bytes, Path], indexes: list[xorbs.Index]) -> float:
    """Return what LZ4 and BLAKE3 take for these chunks when nothing else is done with them."""
    frames: list[bytes] = []
    contents: list[hashes.Buffer] = []
    for path, index in zip(files.values(), indexes, strict=True):
        packed = path.read_bytes()
        for first, behind in pairwise((0, *index.packed_ends)):
            if packed[first + SCHEME] != xorbs.RAW:
                frames.append(packed[first + xorbs.HEADER : behind])
        contents += xorbs.decoded(io.BytesIO(packed))
    context = lz4.frame.create_decompression_context()

    def inflate() -> None:
        for frame in frames:
            lz4.frame.decompress_chunk(context, frame, xorbs.MAX_CHUNK + xorbs.LZ4_BLOCK)

    def digest() -> None:
        for content in contents:
            hashes.chunk_hash(content)

    return seconds(inflate) + seconds(digest)


def measure(folder: Path) -> None:
    print(
        "| data | validate, s/GB | of that LZ4 and BLAKE3 | sha256 of the file, s/GB "
        "| read plainly, GB/s and core |"
    )
    print("|---|---|---|---|---|")
    for name, content in contents().items():
        files = stored(folder, name, content)
        indexes = validated(files)
        share = GB / len(content)
        check = seconds(lambda files=files: validated(files)) * share
        alone = libraries(files, indexes) * share
        digest = seconds(lambda files=files, found=indexes: hashed(files, found)) * share
        plain = seconds(lambda files=files: read_plainly(files)) * share
        print(f"| {name} | {check:.2f} | {alone:.2f} | {digest:.2f} | {1 / plain:.2f} |")


def reconstruction() -> None:
    """Plan a window of 256 MB of a fine-tune of 10 GB: 160 xorbs of 1,000 chunks."""
    chunk = 65_536
    ends = tuple(range(chunk, 1001 * chunk, chunk))
    index = xorbs.Index(tuple(bytes(32) for _ in ends), ends, ends)
    names = [number.to_bytes(32, "big") for number in range(160)]
    indexes = dict.fromkeys(names, index)
    terms = [
        shards.Term(names[(run * 37) % 160], start, start + 80, 80 * chunk)
        for run in range(2000)
        for start in [(run * 80) % 920]
    ]
    rows = plans.to_rows(terms)
    start = 5 * GB

    def window() -> plans.Plan:
        stop = start + 256 * 10**6
        chosen, before = plans.cut(rows, start, stop)
        return plans.plan(chosen, indexes, start - before, stop - before)

    print(f"\nreconstruction of a window of 256 MB: {seconds(window) * 1000:.2f} ms")


def main() -> None:
    if os.environ.get("MALLOC_ARENA_MAX") is None:  # as the checker processes run
        os.execve(
            sys.executable, [sys.executable, "-m", "benchmarks.xet"], {**os.environ, **MALLOC}
        )
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder))
    reconstruction()


if __name__ == "__main__":
    main()
