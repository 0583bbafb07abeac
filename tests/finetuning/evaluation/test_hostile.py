"""Files that run code: seen to do so under a careless loader, never by an examination of ours.

What the portal does with them from upload to evaluation: `test_hostile_upload.py`.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from finetuning import sandbox
from finetuning.acceptance import examine
from finetuning.sandbox import Limits, Task
from tests.finetuning.models import file
from tests.finetuning.zoo import MARKER, ZOO, Hostile, executing

# Each file is loaded by a child of its own, in a folder of its own that is TMPDIR and `.` at once.
LOOK = """
import json, os, sys, time, traceback
tail = sys.argv[1:]
def pairs(flag):
    return dict(tail[n + 1].split("=", 1) for n, word in enumerate(tail) if word == flag)
given, seen = pairs("--input")["zoo"], int(pairs("--output")["seen"])
loader, marker = {loader!r}, {marker!r}
exec(loader.partition(";")[0])  # the imports, once for all children
found = {{}}
for number in sorted(os.listdir(given), key=int):
    place = os.environ["TMPDIR"] + "/" + number
    os.mkdir(place)
    child = os.fork()
    if child == 0:
        os.environ["TMPDIR"] = place
        os.chdir(place)
        path = given + "/" + number + "/" + {names!r}[int(number)]
        try:
            exec(loader)
        except BaseException:
            traceback.print_exc()
        os._exit(0)
    os.waitpid(child, 0)
    until = time.monotonic() + 5  # some payloads are processes that are not waited for
    while not os.path.exists(place + "/" + marker) and time.monotonic() < until:
        time.sleep(0.01)
    found[number] = os.path.exists(place + "/" + marker)
os.write(seen, json.dumps(found).encode())
"""


@pytest.mark.parametrize("loader", executing())
def test_each_executes_under_its_unsafe_loader(loader: str, tmp_path: Path) -> None:
    """Otherwise the other tests would prove nothing."""
    family = executing()[loader]
    for number, hostile in enumerate(family.values()):
        place = tmp_path / "zoo" / str(number)
        place.mkdir(parents=True)
        for name, data in {hostile.name: hostile.content, **hostile.beside}.items():
            (place / name).write_bytes(data)
    names = [hostile.name for hostile in family.values()]
    code = LOOK.format(loader=loader, marker=MARKER, names=names)
    task = Task(
        arguments=("-c", code), inputs={"zoo": tmp_path / "zoo"},
        outputs={"seen": tmp_path / "seen"}, limits=Limits(wall_s=300),
    )  # fmt: skip
    outcome = sandbox.run(task)
    assert outcome.ok, outcome.said
    seen = json.loads((tmp_path / "seen").read_text())
    silent = [name for number, name in enumerate(family) if not seen[str(number)]]
    assert not silent, outcome.said


@pytest.fixture
def no_marker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails the test if a marker appears anywhere a payload would put it."""
    place = tmp_path / "markers"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.chdir(place)
    yield
    assert not list(place.rglob(MARKER))
    for folder in (Path(__file__).parents[3], Path("/tmp"), Path.home()):
        assert not (folder / MARKER).exists()


@pytest.mark.parametrize("hostile", ZOO.values(), ids=ZOO.keys())
def test_its_scan_says_what_it_is_and_runs_nothing(hostile: Hostile, no_marker: None) -> None:
    """Scenario 4: refused before any loader, naming the file."""
    given = {hostile.name: hostile.content, **hostile.beside}
    report = examine([file(name, data) for name, data in given.items()])
    assert report.state.value == hostile.status
    assert report.accepted is None
    if hostile.status == "refused":
        assert any(hostile.name in finding.text for finding in report.refusals)


def test_the_zoo_has_grown_up() -> None:
    assert len(ZOO) >= 111
    assert sum(map(len, executing().values())) >= 60
