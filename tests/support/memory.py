"""The memory of a portal's processes while something happens: RssAnon, by kind of process."""

import threading
from pathlib import Path

from tests.support.server import Server

CHECKER = b"models_registry.formats.xet.checker"


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(word) for word in task.read_text().split()]
        except OSError:
            continue
    return found


def anonymous(pid: int) -> int:
    """Return the bytes of a process that belong to no file; 0 where it has ended."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    lines = [line for line in text.splitlines() if line.startswith("RssAnon")]
    return int(lines[0].split()[1]) * 1024 if lines else 0


def is_checker(pid: int) -> bool:
    try:
        return CHECKER in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


class Peak:
    """The largest RssAnon of a web worker and of a checker of `server` while the block runs."""

    def __init__(self, server: Server) -> None:
        self._masters = [child.pid for child in server.children]
        self._over = threading.Event()
        self.worker = self.checker = 0

    def __enter__(self) -> "Peak":
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            for worker in [pid for master in self._masters for pid in children(master)]:
                self.worker = max(self.worker, anonymous(worker))
                checkers = [anonymous(pid) for pid in children(worker) if is_checker(pid)]
                self.checker = max(self.checker, *checkers, 0)
