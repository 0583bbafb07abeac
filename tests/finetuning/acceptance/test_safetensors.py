"""Headers of safetensors files: each broken one is refused, naming the file and the rule."""

import subprocess
import sys
from pathlib import Path

import pytest

from finetuning.acceptance import ScanState, examine, tensors
from tests.finetuning.models import file, safetensors
from tests.finetuning.zoo.weights import F32, header_of_90_mb
from tests.finetuning.zoo.weights import SAFETENSORS as BROKEN


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
before = time.process_time()
state = examine([file]).state
took = time.process_time() - before
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print(state.value, took, status["VmHWM"].split()[0])
"""


@pytest.mark.parametrize("kind", ["header of 90 MB", "key twice", "overlap", "shape overflow"])
def test_refusing_costs_less_than_a_second_and_64_mb(kind: str, tmp_path: Path) -> None:
    """Scenario 5. CPU seconds: a busy machine changes nothing about the cost."""
    path = tmp_path / "model.safetensors"
    if kind == "header of 90 MB":
        path.write_bytes(header_of_90_mb())
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
