"""What must hold before anything starts: platform, disk, ports. Each failure is one sentence."""

import errno
import os
import platform
import re
import shutil
import socket
import sys
from pathlib import Path

from portal.site.launch import Trouble

GLIBC = (2, 28)
LOOPBACK = ("127.0.0.1", "::1")
# Measured with the CPU build of torch: 1.95 GB installed, 0.4 GB while pip unpacks.
INSTALL_BYTES = 3 * 2**30
RUN_BYTES = 512 * 2**20


def check_platform(
    system: str = sys.platform,
    machine: str | None = None,
    libc: tuple[str, str] | None = None,
) -> None:
    """Raise `Trouble` on a platform for which the locked packages have no builds."""
    machine = (machine or platform.machine()).lower()
    if system == "darwin":
        if machine != "arm64":
            raise Trouble("Commonhold needs macOS on Apple silicon: torch has no Intel build.")
        return
    if system != "linux":
        raise Trouble(
            f"Commonhold runs on Linux and macOS, not on {system}; "
            "on Windows, run it inside WSL or a virtual machine."
        )
    if machine not in ("x86_64", "amd64", "aarch64", "arm64"):
        raise Trouble(f"Commonhold needs an x86-64 or arm64 processor; this one is {machine}.")
    name, version = libc if libc is not None else platform.libc_ver()
    if name != "glibc" or tuple(int(part) for part in version.split(".")[:2]) < GLIBC:
        raise Trouble(
            f"Commonhold needs glibc 2.28 or newer (Debian 10, RHEL 8, Ubuntu 18.10), and this "
            f"system has {f'{name} {version}'.strip() or 'another C library'}."
        )


def check_disk(folder: Path, needed: int, purpose: str) -> None:
    """Raise `Trouble` unless `needed` bytes are free where `folder` is or will be."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Trouble(
            f"The disk of {folder} has {free / 2**30:.1f} GiB free, and {purpose} needs "
            f"{needed / 2**30:.1f} GiB: free some space, or name another place with --data."
        )


def check_port(port: int, option: str = "--port") -> None:
    """Raise `Trouble` if somebody listens on this port of the loopback addresses."""
    if not 0 < port < 65536:
        raise Trouble(f"{port} is not a port: choose one from 1024 to 65534 with {option}.")
    for address in loopback():
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
                probe.listen(1)
            except OSError as error:
                raise Trouble(_port_sentence(port, option, error)) from None


def _port_sentence(port: int, option: str, error: OSError) -> str:
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for root: choose one above 1023 with {option}."
    return f"Port {port} is in use: stop what listens there, or choose another with {option}."


def loopback() -> list[str]:
    """Return the loopback addresses this machine really has."""
    found = []
    for address in LOOPBACK:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.bind((address, 0))
        except OSError:
            continue
        found.append(address)
    return found


def has_cuda(venv: Path) -> bool:
    """Say whether the installed torch was built for CUDA and the driver is there.

    Read from files: importing torch costs seconds and hundreds of megabytes.
    """
    if not os.path.exists("/dev/nvidiactl"):
        return False
    versions = venv.glob("lib/python3*/site-packages/torch/version.py")
    return any(re.search(r"(?m)^cuda\b.*= '", file.read_text()) for file in versions)
