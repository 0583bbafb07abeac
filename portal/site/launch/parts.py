"""The programs that tests need beside Python's packages, and Debian's packages of them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# program -> Debian package
PARTS = {
    "chromium": "chromium",
    "postgres": "postgresql",
    "redis-server": "redis-server",
    "msgfmt": "gettext",
    "git": "git",
    "git-lfs": "git-lfs",
    "nginx": "nginx",
    "curl": "curl",
}
CJK_FONT = "fonts-noto-cjk"


def find(program: str) -> str | None:
    """Return the program's path; PostgreSQL's servers stand beside each other by version."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if found or program != "postgres":
        return found
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return str(versions[-1]) if versions else None


def has_cjk_font() -> bool:
    return any(Path("/usr/share/fonts").glob("**/*CJK*"))


def missing() -> list[str]:
    """Return the Debian packages whose programs are not here."""
    packages = [package for program, package in PARTS.items() if find(program) is None]
    return packages + ([] if has_cjk_font() or sys.platform == "darwin" else [CJK_FONT])


def install_missing() -> list[str]:
    """Install with apt what is missing, where this user may; return what is missing still."""
    wanted = missing()
    if wanted and os.getuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {', '.join(wanted)} with apt-get ...", flush=True)
        # Runlevel 1: Debian's packages start no server of their own.
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        get = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
        for words in (["update"], ["install", "-y", "--no-install-recommends", *wanted]):
            subprocess.run([*get, *words], env=quiet, stdin=subprocess.DEVNULL, check=False)
    return missing()
