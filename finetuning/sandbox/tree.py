"""The memory and the number of processes below one process, from /proc."""

from pathlib import Path


def members(root: int) -> list[int]:
    """Return `root` and all processes below it that still exist."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children(pid)
    return found


def children(pid: int) -> list[int]:
    below = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            below += [int(word) for word in (task / "children").read_text().split()]
    except (OSError, ValueError):
        return below
    return below


def memory(pid: int) -> int:
    """Return a process's own memory in bytes: anonymous and shared pages, not cached files."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    total = 0
    for line in status.splitlines():
        if line.startswith(("RssAnon:", "RssShmem:")):
            total += int(line.split()[1]) * 1024
    return total


def alive(pid: int) -> bool:
    """Return whether a process still runs (a zombie does not)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"
