"""What a probe tries from inside, and what it must find."""

import json
from dataclasses import dataclass
from pathlib import Path

SCRIPT = """
import json, os, socket, sys
arguments = sys.argv[2:]
given = [a for a in arguments if a.startswith("given=")][0].split("=", 1)[1]
answer = int([a for a in arguments if a.startswith("answer=")][0].split("=", 1)[1])
def opened(path, mode):
    try:
        with open(path, mode) as file:
            if mode == "r":
                file.read(1)
        return True
    except OSError:
        return False
def connected():
    try:
        socket.create_connection(("192.0.2.1", 9), timeout=0.3).close()
        return True
    except TimeoutError:
        return True
    except OSError:
        return False
scratch = os.path.join(os.environ["TMPDIR"], "scratch")
found = {
    "given": opened(given, "r"),
    "scratch": opened(scratch, "w"),
    "secret": opened(sys.argv[1], "r"),
    "given_writable": opened(given, "a"),
    "kernel": opened("/proc/sys/kernel/core_pattern", "r+"),
    "network": connected(),
    "interfaces": sorted(name for _, name in socket.if_nameindex()),
    "variables": len(os.environ),
    "processes": sum(name.isdigit() for name in os.listdir("/proc")),
}
os.write(answer, json.dumps(found).encode())
"""


@dataclass(frozen=True)
class Findings:
    """What the probe could do. Good: its own input and scratch. Everything else is a leak."""

    given: bool
    scratch: bool
    secret: bool
    given_writable: bool
    kernel: bool
    network: bool
    interfaces: list[str]
    variables: int
    processes: int

    @classmethod
    def read(cls, path: Path) -> "Findings":
        return cls(**json.loads(path.read_text()))

    def complaint(self, name: str) -> str:
        """Return "" when the walls hold."""
        wrong = {
            "its input cannot be read": not self.given,
            "its scratch cannot be written": not self.scratch,
            "a file outside can be read": self.secret,
            "its input can be changed": self.given_writable,
            "the kernel's settings can be changed": self.kernel,
            "the network can be reached": self.network or self.interfaces not in ([], ["lo"]),
            "the host's environment is seen": self.variables > 6,
            "the host's processes are seen": self.processes > 4,
        }
        found = [text for text, holds in wrong.items() if holds]
        return f"{name}: {', '.join(found)}" if found else ""
