"""Both databases for a benchmark: each migrated, in a folder of its own, in an environment."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.services import postgres_server

ROOT = Path(__file__).resolve().parents[1]


@contextlib.contextmanager
def migrated(vendor: str) -> Iterator[dict[str, str]]:
    """Yield the environment of a process that works on a fresh `sqlite` or `postgresql`."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp"))
        kept = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        env = kept | {"COMMONHOLD_DATA": folder, "DJANGO_SETTINGS_MODULE": "portal.site.settings"}
        if vendor == "postgresql":
            env["DATABASE_URL"] = stack.enter_context(postgres_server()).url
        words = [sys.executable, "-W", "ignore", "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(words, cwd=ROOT, env=env, check=True)
        yield env


def on_both(module: str) -> None:
    """Run `python -m module measure` on each database; it prints what it saw."""
    for vendor in ("sqlite", "postgresql"):
        with migrated(vendor) as env:
            words = [sys.executable, "-W", "ignore", "-m", module, "measure"]
            subprocess.run(words, cwd=ROOT, env=env, check=True)
