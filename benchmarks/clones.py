"""What a clone costs: 1,000 commits from the portal, beside `file://` of a packed copy.

    .venv/bin/python -m benchmarks.clones [--folder FOLDER]

The repo has 300 files; each commit changes three. A real portal (one gunicorn process a side,
SQLite) on a folder of its own, over loopback; client and server share the machine's cores. The
other side is a bare clone of the same repo, packed by `git repack -adf`, cloned by the same git
with its own server beside it (`file://`, not a path: a path would link files). Wall and CPU of all
processes (the client's and git's server from `wait`, ours from /proc), medians, in turns.
"""

import argparse
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.hub import cpu_seconds
from benchmarks.registry import portal

FILES, COMMITS, CHANGED, ROUNDS = 300, 1000, 3, 7
GOAL = 3.0
NAME = "maker/long"


def build() -> None:
    """Make the repo: three edits a commit, over all its files."""
    from models_registry import repos, revisions
    from portal.people.models import Person

    maker = Person.objects.select_related("namespace").get(username="maker")
    repo = repos.create(maker.namespace, NAME.partition("/")[2], by=maker)
    paths = [f"part-{n % 10}/file-{n}.txt" for n in range(FILES)]
    first = [revisions.AddFile(path, f"{path}\n".encode() * 20) for path in paths]
    revisions.commit(repo, author=maker, operations=first, summary="the files")
    for number in range(COMMITS - 2):
        chosen = [paths[(CHANGED * number + n) % FILES] for n in range(CHANGED)]
        edits = [
            revisions.AddFile(path, f"{path}\n".encode() * 20 + f"edit {number}\n".encode())
            for path in chosen
        ]
        revisions.commit(repo, author=maker, operations=edits, summary=f"edit {number}")


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def cloned(address: str, into: Path, server: list[int]) -> tuple[float, float]:
    """Return (wall, CPU of everybody) of one clone in seconds."""
    shutil.rmtree(into, ignore_errors=True)
    ours = cpu_seconds(server)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    git("clone", "--quiet", address, str(into))
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    client = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, client + cpu_seconds(server) - ours


def compared(clones: dict[str, Callable[[], tuple[float, float]]]) -> dict[str, list[float]]:
    """Return the medians of each way, (wall, CPU), over rounds that take turns."""
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in clones}
    for clone in clones.values():
        clone()  # warm
    for _round in range(ROUNDS):
        for name, clone in clones.items():
            seen[name].append(clone())
    return {
        name: [statistics.median(values) for values in zip(*found, strict=True)]
        for name, found in seen.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="keep the data here for another run")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clones-") as scratch:
        folder, work = arguments.folder or Path(scratch) / "portal", Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        with portal(folder, build) as server:
            address, packed = f"{server.url}/{NAME}", work / "packed.git"
            git("clone", "--quiet", "--bare", address, str(packed))
            git("-C", str(packed), "repack", "-adfq")
            assert git("-C", str(packed), "rev-list", "--count", "main") == str(COMMITS)
            git("-C", str(packed), "fsck", "--full", "--strict")
            pids = [child.pid for child in server.children]
            found = compared(
                {
                    "from the portal": lambda: cloned(address, work / "a", pids),
                    "from file://, packed": lambda: cloned(f"file://{packed}", work / "b", []),
                }
            )
            same = git("-C", str(work / "a"), "rev-parse", "HEAD")
            assert same == git("-C", str(work / "b"), "rev-parse", "HEAD")
        print("| clone | wall ms | CPU ms |\n|---|---|---|")
        for name, (wall, cpu) in found.items():
            print(f"| {name} | {wall * 1000:.0f} | {cpu * 1000:.0f} |")
        (wall, cpu), (their_wall, their_cpu) = found.values()
        print(f"| ratio (goal ≤ {GOAL:g}) | {wall / their_wall:.2f} | {cpu / their_cpu:.2f} |")


if __name__ == "__main__":
    main()
