"""How long `./commonhold up` takes: to the first page, and until all children are ready.

    .venv/bin/python -m benchmarks.start

The first start makes secrets, tables and the demo community in an empty data folder; the packages
are installed already. The second and later ones find them. Goals of later starts: 5 s and 15 s.
"""

import statistics
import tempfile
from pathlib import Path

from tests.support.bootstrap import ROOT, running

LATER = 5
FIRST_PAGE = r"first page answered after ([\d.]+) s"
ALL_READY = r"all parts are ready after ([\d.]+) s"


def start(data: Path) -> tuple[float, float]:
    with running(ROOT, data) as portal:
        first = float(portal.wait_for(FIRST_PAGE, 600)[1])
        ready = float(portal.wait_for(ALL_READY, 180)[1])
    return first, ready


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-start-") as folder:
        data = Path(folder) / "var"
        first, ready = start(data)
        print(f"| first start, with the demo | {first:.1f} s | {ready:.1f} s |", flush=True)
        later = [start(data) for _start in range(LATER)]
    pages, all_parts = (statistics.median(seen) for seen in zip(*later, strict=True))
    print(f"| later starts, median of {LATER} | {pages:.1f} s | {all_parts:.1f} s |")


if __name__ == "__main__":
    main()
