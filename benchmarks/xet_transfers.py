"""What Xet transfers cost the server, end to end with the stock client, in CPU seconds a GB.

    .venv/bin/python -m benchmarks.xet_transfers [--gb 1] [--rounds 3]

A real portal on SQLite, one gunicorn process a side, once alone and once behind nginx as
`deploy/nginx.conf` has it; the client runs on the same cores. CPU is that of the portal's processes
and their checkers from /proc, nginx's apart; 16-bit floats as a model has them, new in each round.
How fast the processor is at that time is told by BLAKE3 alone, over the same bytes.
"""

import argparse
import contextlib
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.hub import TICKS
from benchmarks.registry import LIMITS, family_of
from models_registry.formats.xet import hashes
from tests.hub.test_big_files import BLOCK, GB, download, upload, weights
from tests.support import nginx
from tests.support.client import HubClient
from tests.support.server import Server, free_port, make_template, serving

Times = dict[int, float]
CHUNK = 2**16  # bytes, what a chunk has on average


def times_of(pid: int) -> Times:
    """Return {process: CPU seconds} of a process and all below it that are alive."""
    found = {}
    for each in family_of(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            found[each] = (int(fields[11]) + int(fields[12])) / TICKS
    return found


@dataclass
class Meter:
    """Notes what each transfer costs the portal and nginx, in CPU seconds a GB."""

    server: Server
    front: int | None
    size: int
    rows: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def _now(self) -> tuple[Times, Times]:
        portal: Times = {}
        for child in self.server.children:
            portal |= times_of(child.pid)
        return portal, times_of(self.front) if self.front else {}

    def note(self, name: str, deed: Callable[[], object]) -> None:
        before = self._now()
        deed()
        spent = [
            sum(seconds - then.get(pid, 0) for pid, seconds in now.items()) / (self.size / GB)
            for then, now in zip(before, self._now(), strict=True)
        ]
        self.rows.setdefault(name, []).append((spent[0], spent[1]))


@contextlib.contextmanager
def portal(
    template: Path, folder: Path, *, behind_nginx: bool
) -> Iterator[tuple[Server, int | None]]:
    if not behind_nginx:
        with serving(template, folder / "data", **LIMITS) as server:
            yield server, None
        return
    extra, port = nginx.environment()
    with (
        serving(template, folder / "data", **LIMITS, **extra) as server,
        nginx.before(server, folder / "nginx", free_port(), port) as front,
    ):
        yield server, front


def fetch_plainly(server: Server) -> None:
    url = f"{server.url}/maker/big/resolve/main/model.safetensors"
    subprocess.run(["curl", "-sSfL", "-o", "/dev/null", url], check=True)


def measure(template: Path, folder: Path, size: int, rounds: int, *, behind_nginx: bool) -> None:
    source = folder / "source" / "model.safetensors"
    source.parent.mkdir(parents=True)
    with portal(template, folder, behind_nginx=behind_nginx) as (server, front):
        meter = Meter(server, front, size)
        warm(server, source)
        for number in range(rounds):
            weights(source, size, seed=number)
            client = HubClient(server, server.people.maker.write_token)
            meter.note("upload by Xet", lambda client=client: upload(client, source.parent))
            meter.note("download by Xet", lambda: drop(download(server, only_xet=True)))
            meter.note("plain GET", lambda: fetch_plainly(server))
            meter.rows.setdefault("(BLAKE3 alone)", []).append(
                (blake3_alone(source) * GB / size, 0)
            )
    show("behind nginx" if behind_nginx else "alone", meter)


def blake3_alone(source: Path) -> float:
    """Return the CPU seconds that BLAKE3 takes for a file, in pieces as long as a chunk."""
    with source.open("rb") as file:
        taken = 0.0
        while piece := file.read(CHUNK):
            started = time.process_time()
            hashes.chunk_hash(piece)
            taken += time.process_time() - started
    return taken


def warm(server: Server, source: Path) -> None:
    weights(source, BLOCK, seed=10**6)
    upload(HubClient(server, server.people.maker.write_token), source.parent)
    fetch_plainly(server)


def drop(path: Path) -> None:
    path.unlink()


def show(name: str, meter: Meter) -> None:
    print(f"| {name} | portal, CPU s/GB | nginx, CPU s/GB |\n|---|---|---|")
    for row, found in meter.rows.items():
        ours, theirs = (statistics.median(values) for values in zip(*found, strict=True))
        print(f"| {row} | {ours:.2f} | {theirs:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gb", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-xet-"))
    folder.chmod(0o755)
    try:
        template = make_template(folder / "template")
        for behind in (False, True):
            place = folder / str(behind)
            measure(template, place, int(given.gb * GB), given.rounds, behind_nginx=behind)
            shutil.rmtree(place, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
