"""Whether the process that claimed something still lives, where this host can tell.

A lease alone makes a killed worker's job wait until it runs out. A process of the same host and
process namespace can know at once: its identity names boot, namespace, pid and the pid's start.
"""

import os
from functools import cache
from pathlib import Path


def identity() -> str:
    """Return who this process is, or a text that no host can judge (not Linux)."""
    return f"{_host()}/{os.getpid()}/{_started(os.getpid())}"


def is_dead(who: str) -> bool:
    """Return whether `who` (an `identity()`) certainly no longer runs; False when unknown."""
    host, _, process = who.partition("/")
    pid, _, started = process.partition("/")
    if not pid.isdecimal() or not started or host != _host() or host == "unknown":
        return False
    return _started(int(pid)) != started


@cache
def _host() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return "unknown"


def _started(pid: int) -> str:
    """Return the start time of a process in clock ticks, empty if there is none or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
