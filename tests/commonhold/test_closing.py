"""Several runs of pytest, one closing line in its words."""

import re
import subprocess
import sys
from pathlib import Path

from portal.site.launch.closing import Outcome
from portal.site.launch.suite import FOLDERS

MIXED = """
import pytest
def test_good(): pass
def test_bad(): assert 0
@pytest.mark.skip(reason="no browser here")
def test_left_out(): pass
@pytest.mark.xfail(strict=False)
def test_known(): assert 0
@pytest.fixture
def broken(): raise OSError
def test_error(broken): pass
"""


def report(folder: Path, name: str, source: str) -> tuple[Path, str]:
    """Run pytest for real; return its JUnit report and its own closing line."""
    (folder / f"test_{name}.py").write_text(source)
    file = folder / f"{name}.xml"
    words = ["-m", "pytest", "-c", "/dev/null", "-p", "no:cacheprovider", "-p", "no:django"]
    run = subprocess.run(
        [sys.executable, *words, f"--junitxml={file}", str(folder / f"test_{name}.py")],
        capture_output=True,
        text=True,
        cwd=folder,
    )
    return file, run.stdout.splitlines()[-1]


def words(line: str) -> set[str]:
    return set(re.findall(r"\d+ [a-z]+", line.split(" in ")[0]))


def test_one_run_is_told_as_pytest_tells_it(tmp_path: Path):
    file, closing = report(tmp_path, "mixed", MIXED)
    outcome = Outcome.of([file], [])
    assert words(outcome.line(1.5)) == words(closing)
    assert re.fullmatch(r"=+ .* in 1\.50s =+", outcome.line(1.5))
    assert outcome.skips() == ["SKIPPED [1] test_mixed: no browser here"]


def test_runs_are_added_and_a_failed_step_is_an_error(tmp_path: Path):
    first, _line = report(tmp_path, "mixed", MIXED)
    second, _line = report(tmp_path, "good", "def test_a(): pass\ndef test_b(): pass\n")
    outcome = Outcome.of([first, second], ["ruff"])
    assert words(outcome.line(1)) == {
        "1 failed", "3 passed", "1 skipped", "1 xfailed", "2 errors",
    }  # fmt: skip


def test_a_run_that_broke_before_its_report_is_an_error(tmp_path: Path):
    assert "1 error in" in Outcome.of([tmp_path / "none.xml"], []).line(1)


def test_long_runs_are_told_in_hours_too():
    outcome = Outcome()
    outcome.counts["passed"] = 3
    assert outcome.line(3725).strip("= ") == "3 passed in 3725.00s (1:02:05)"


def test_what_is_looked_for_in_some_folders_lies_in_no_other() -> None:
    """`./commonhold test` reads these folders alone for the tests of the mark."""
    tests = Path(__file__).parents[1]
    for mark, folders in FOLDERS.items():
        use = re.compile(rf"\bpytest\.mark\.{mark}\b")
        users = [path for path in tests.rglob("*.py") if use.search(path.read_text())]
        apart = [
            path
            for path in users
            if path.parents[0].relative_to(tests.parent).as_posix() not in folders
        ]
        assert users and not apart, mark
