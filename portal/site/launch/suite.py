"""`./commonhold test`: lint, types, contracts, then the tests on both databases, in three tiers.

plain: the suite on SQLite, what is marked `db` again on PostgreSQL, the browser, the bootstrap.
--full: the whole suite on both databases, with what is marked slow or chaos, and the counters
        that others wrote, to agree with ours.
--big: what is marked big too.
"""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.site.launch import closing, install, parts
from portal.site.launch.places import ASSETS, PYTHON, ROOT, VENV

# Where tests of these marks lie, so that nothing else is read to find them.
FOLDERS = {"browser": ("tests/browser", "tests/journeys"), "bootstrap": ("tests/commonhold",)}


@dataclass
class Suite:
    """One run: what it may use, and what came of it."""

    folder: Path
    left_out: str = "not slow and not chaos and not big"  # marks that this tier leaves out
    failed: list[str] = field(default_factory=list)
    failed_tests: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reports: list[Path] = field(default_factory=list)

    def step(self, name: str, *words: str) -> bool:
        """Run one program of the environment in the tree; say whether it succeeded."""
        print(f"\n--- {name}", flush=True)
        started = time.monotonic()
        done = subprocess.run(
            words, cwd=ROOT, env=environment(self.folder), stdin=subprocess.DEVNULL, check=False
        )
        took = f"{time.monotonic() - started:.0f} s"
        if done.returncode:
            self.failed.append(name)
            print(f"--- {name}: FAILED ({took})", flush=True)
        else:
            print(f"--- {name}: ok ({took})", flush=True)
        return done.returncode == 0

    def pytest(self, name: str, marks: str, *words: str, before: Sequence[str] = ()) -> None:
        """Run the tests that `marks` chooses; their report joins the closing line."""
        report = self.folder / f"{len(self.reports)}.xml"
        self.reports.append(report)
        marks = " and ".join(part for part in (marks, self.left_out) if part)
        command = [str(PYTHON), *before, "-m", "pytest", "-q", "-m", marks]
        command += [f"--junitxml={report}", "-p", "no:cacheprovider", *words]
        if not self.step(name, *command):
            self.failed_tests.append(self.failed.pop())

    def failures(self) -> list[str]:
        return [f"FAILED {name}" for name in self.failed + self.failed_tests]


def environment(folder: Path) -> dict[str, str]:
    """Return what the steps run in: nothing of the caller's installation, one thread a process.

    Compiled modules are kept: the tests start processes by the hundred.
    """
    ours = ("COMMONHOLD_", "DATABASE_URL", "EMAIL_URL", "DJANGO_", "HF_", "PYTHONDONTWRITE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    if shared := os.environ.get("COMMONHOLD_SHARED"):  # data that tests read where it lies
        kept["COMMONHOLD_SHARED"] = shared
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return kept | {
        "PATH": path,
        "COMMONHOLD_VENV": str(VENV),
        "COMMONHOLD_ASSETS": str(ASSETS),
        "COMMONHOLD_DATA": str(folder / "var"),
        "COMMONHOLD_TEST_TEMPLATE": str(template(folder)),
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONUNBUFFERED": "1",
    }


def template(folder: Path) -> Path:
    """Return where a run keeps the data folder that its tests begin with."""
    return folder / "template"


def test(*, full: bool = False, big: bool = False, quick: bool = False) -> int:
    """Run one tier; return the exit status. The last line is pytest's closing line of it all."""
    started = time.monotonic()
    install.install(tests=True)
    if full:
        install.install_peers()
    absent = [] if quick else parts.install_missing()
    with tempfile.TemporaryDirectory(prefix="commonhold-test-") as folder:
        suite = Suite(Path(folder), left_out=_left_out(full=full, big=big))
        os.environ["HYPOTHESIS_PROFILE"] = "full" if full else "plain"
        _note_absent(suite, absent)
        prepare(suite)
        with making_template(suite):
            lint(suite)
        run_tests(suite, absent, full=full, quick=quick)
        outcome = closing.Outcome.of(suite.reports, suite.failed)
    for line in [*suite.notes, *outcome.skips(), *suite.failures()]:
        print(line)
    print(outcome.line(time.monotonic() - started), flush=True)
    return 1 if suite.failures() else 0


def _left_out(*, full: bool, big: bool) -> str:
    marks = ["slow", "chaos"] * (not full) + ["big"] * (not big)
    return " and ".join(f"not {mark}" for mark in marks)


def _note_absent(suite: Suite, absent: list[str]) -> None:
    for package in absent:
        suite.notes.append(f"Left out what needs {package}: it is not installed here.")
        if os.environ.get("CI"):
            suite.failed.append(f"{package} is missing")


def prepare(suite: Suite) -> None:
    suite.step("message catalogues", str(PYTHON), "-m", "portal.site.catalogues")


@contextlib.contextmanager
def making_template(suite: Suite) -> Iterator[None]:
    """Make what the tests begin with beside the lint, which keeps one core busy.

    If that fails, the first test that wants it tries again and says why.
    """
    words = [str(PYTHON), "-m", "tests.support.server", str(template(suite.folder))]
    making = subprocess.Popen(
        words, cwd=ROOT, env=environment(suite.folder), stdin=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        making.wait()


def lint(suite: Suite) -> None:
    """Style, types, arrows, migrations: what needs no test."""
    program = VENV / "bin"
    templates = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("templates/**/*.html"))]
    suite.step("ruff", str(program / "ruff"), "check", ".")
    suite.step("ruff format", str(program / "ruff"), "format", "--check", ".")
    suite.step("djade", str(program / "djade"), "--check", "--target-version", "5.2", *templates)
    suite.step("import contracts", str(program / "lint-imports"), "--no-logo")
    suite.step("types", str(program / "mypy"), "--no-error-summary")
    manage = [str(PYTHON), "-W", "ignore", "manage.py"]
    suite.step("system checks", *manage, "check", "--fail-level", "ERROR")
    suite.step("migrations", *manage, "makemigrations", "--check", "--dry-run")


def run_tests(suite: Suite, absent: list[str], *, full: bool, quick: bool) -> None:
    """Run the tests of this tier, each part on every core where its tests allow it.

    Files go out in their order, not those of most tests first: the slowest have few. Looks of one
    file are shared out, neighbours together, for they stand on one world.
    """
    cores = os.cpu_count() or 1
    spread = ("-n", str(cores), "--dist", "loadfile", "--no-loadscope-reorder")
    suite.pytest("tests on SQLite", "not browser and not bootstrap", *spread)
    if quick:
        return
    if not {"postgresql", "redis-server"} & set(absent):
        marks = "not browser and not bootstrap" if full else "db and not browser and not bootstrap"
        services = ("-m", "tests.support.services")
        suite.pytest("tests on PostgreSQL and Redis", marks, *spread, before=services)
    if "chromium" not in absent:
        looks = ("-n", str(min(cores, 4)), "--dist", "worksteal")
        suite.pytest("browser", "browser", *looks, *FOLDERS["browser"])
    suite.pytest("bootstrap", "bootstrap", *FOLDERS["bootstrap"])
