"""Headers of safetensors files: each broken one is refused, naming the file and the rule."""

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from finetuning.acceptance import ScanState, examine, tensors
from tests.finetuning.models import file, safetensors

F32 = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def refusal(data: bytes) -> str:
    report = examine([file("model.safetensors", data)])
    assert report.state is ScanState.REFUSED
    (finding,) = report.refusals
    assert "model.safetensors" in finding.text
    return finding.text


def test_a_good_header_is_read() -> None:
    good = safetensors({"__metadata__": {"format": "pt"}, "a": F32}, bytes(8))
    found = tensors.read(file("model.safetensors", good))
    assert found["a"].shape == (2,)
    assert examine([file("model.safetensors", good)]).state is ScanState.CLEAN


def entry(**changes: object) -> dict[str, object]:
    return {"a": F32 | changes}


BROKEN = {
    "longer than the file": struct.pack("<Q", 2**60) + b"{}",
    "shorter than its length": b"\x01",
    "not JSON": safetensors(None, raw=b"{'a': 1}"),
    "not UTF-8": safetensors(None, raw=b'{"\xff": 1}'),
    "not an object": safetensors([1, 2]),
    "deeply nested": safetensors(None, raw=b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "key twice": safetensors(
        None, bytes(8), raw=b'{"a":%b,"a":%b}' % ((json.dumps(F32).encode(),) * 2)
    ),
    "key twice inside": safetensors(
        None, bytes(8),
        raw=b'{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
    ),
    "overlap": safetensors({"a": F32, "b": F32 | {"data_offsets": [4, 12]}}, bytes(12)),
    "gap": safetensors({"a": F32, "b": F32 | {"data_offsets": [12, 20]}}, bytes(20)),
    "trailing bytes": safetensors({"a": F32}, bytes(9)),
    "data cut short": safetensors({"a": F32}, bytes(7)),
    "shape overflow": safetensors(entry(shape=[2**63, 2]), bytes(8)),
    "shape overflow in 64 bits": safetensors(entry(shape=[2**32, 2**32, 2]), bytes(8)),
    "shape too large": safetensors(entry(shape=[3]), bytes(8)),
    "negative shape": safetensors(entry(shape=[-2]), bytes(8)),
    "fraction in shape": safetensors(entry(shape=[2.0]), bytes(8)),
    "truth in shape": safetensors(entry(shape=[True, 2]), bytes(8)),
    "too many dimensions": safetensors(entry(shape=[1] * 9 + [2]), bytes(8)),
    "offsets reversed": safetensors(entry(data_offsets=[8, 0]), bytes(8)),
    "negative offset": safetensors(entry(data_offsets=[-8, 0]), bytes(8)),
    "three offsets": safetensors(entry(data_offsets=[0, 8, 8]), bytes(8)),
    "unknown type": safetensors(entry(dtype="PICKLE"), bytes(8)),
    "type no text": safetensors(entry(dtype=4), bytes(8)),
    "extra key": safetensors(entry(code="import os"), bytes(8)),
    "missing key": safetensors({"a": {"dtype": "F32", "shape": [2]}}, bytes(8)),
    "entry no object": safetensors({"a": 1}, bytes(8)),
    "infinite number": safetensors(None, bytes(8), raw=b'{"a": Infinity}'),
}  # fmt: skip


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_header_is_refused(data: bytes) -> None:
    assert refusal(data)


def test_the_library_accepts_what_we_refuse() -> None:
    """Why these rules exist: the last of two equal keys wins there."""
    from safetensors import deserialize

    twice = BROKEN["key twice"]
    assert [name for name, _ in deserialize(twice)] == ["a"]


SCRIPT = """
import sys, time
sys.path.insert(0, sys.argv[1])
from finetuning.acceptance import File, examine
path = sys.argv[2]
size = int(sys.argv[3])
file = File("model.safetensors", size, "", lambda: open(path, "rb"))
before = time.perf_counter()
state = examine([file]).state
took = time.perf_counter() - before
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print(state.value, took, status["VmHWM"].split()[0])
"""


@pytest.mark.parametrize("kind", ["header of 90 MB", "key twice", "overlap", "shape overflow"])
def test_refusing_costs_less_than_a_second_and_64_mb(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    if kind == "header of 90 MB":
        name = b'"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'
        header = b"{" + name + b" " * (90_000_000 - len(name) - 2) + b"}"
        path.write_bytes(safetensors(None, bytes(8), raw=header))
    else:
        path.write_bytes(BROKEN[kind])
    root = Path(tensors.__file__).parents[2]
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(root), str(path), str(path.stat().st_size)],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert answer[0] == "refused"
    assert float(answer[1]) < 1
    assert int(answer[2]) * 1024 < 64_000_000
