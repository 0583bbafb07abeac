"""A store that hf_xet itself wrote: real xorbs and a real shard to read."""

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from models_registry.formats.xet import hashes

# In a process of its own: hf_xet keeps threads, and reads its cache folder once.
UPLOAD = """
import hf_xet, sys
folder, *names = sys.argv[1:]
with hf_xet.XetSession().new_upload_commit(endpoint=f"local://{folder}/store") as commit:
    for name in names:
        commit.start_upload_file(f"{folder}/{name}", sha256=hf_xet.COMPUTE_SHA256)
for info in hf_xet.hash_files([f"{folder}/{name}" for name in names]):
    print(info.hash)
"""


@dataclass(frozen=True)
class Written:
    """What hf_xet made of `files`: by file its hash, by xorb its bytes (with a footer)."""

    files: Mapping[str, bytes]
    names: Mapping[str, bytes]
    xorbs: Mapping[bytes, bytes]
    shard: bytes

    def sha256(self, name: str) -> bytes:
        return hashlib.sha256(self.files[name]).digest()


def contents() -> dict[str, bytes]:
    rng = np.random.default_rng(20261125)
    numbers = rng.normal(size=250_000).astype("float32").tobytes()
    return {
        "random": rng.bytes(900_001),
        "floats": numbers + b"end",
        "fine-tune": numbers[:600_000] + rng.bytes(70_000) + numbers[670_000:],
        "text": b"".join(b"%d, hello\n" % (line * line) for line in range(60_000)),
        "tiny": b"abc",
    }


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("xet")
    files = contents()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    environment = {"HF_HOME": str(folder / "home"), "HOME": str(folder)}
    said = subprocess.run(
        [sys.executable, "-c", UPLOAD, str(folder), *files],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    names = map(hashes.from_text, said.stdout.split())
    store: Path = folder / "store" / "xet" / "xorbs"
    xorbs = {
        hashes.from_text(path.name.partition(".")[2]): path.read_bytes()
        for path in store.glob("xorbs/default.*")
        if not path.name.endswith(".tagset")
    }
    (shard,) = store.glob("shards/*.mdb")
    return Written(files, dict(zip(files, names, strict=True)), xorbs, shard.read_bytes())
