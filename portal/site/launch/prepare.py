"""What a data folder needs before it serves: catalogues, tables, documents, the demo community.

A fingerprint of the tree says whether anything changed since the last time, so that a second
start goes straight to serving.
"""

import hashlib
import json
import os
from pathlib import Path

from portal.site.launch import Trouble, demo, install
from portal.site.launch.children import Child, Supervisor
from portal.site.launch.places import PYTHON, ROOT, make_private
from portal.site.launch.plan import Plan

APPS = ("portal", "governance", "models_registry", "finetuning", "locale")


def prepare(plan: Plan, supervisor: Supervisor) -> bool:
    """Bring tables and documents up to date; say whether a stop was asked for meanwhile."""
    for name in ("run", "secrets", "mail", "static"):
        make_private(plan.data / name)
    stamp = plan.data / "run" / "prepared"
    if not (stamp.exists() and stamp.read_text() == _fingerprint(plan)):
        steps = [["-m", "portal.site.catalogues"], [*_manage(), "migrate", "--verbosity=0"]]
        steps += [[*_manage(), "prepare"], [*_manage(), "check", "--database=default"]]
        if not all(_step(supervisor, words) for words in steps):
            return False
        stamp.write_text(_fingerprint(plan))  # now with a database
    return not supervisor.stopping


def seed(plan: Plan, supervisor: Supervisor) -> bool:
    """Make the demo community on the first start; keep how to act as its people."""
    kept = demo.cast_file(plan.data)
    if not plan.demo or kept.exists():
        return True
    unfinished = kept.with_suffix(".new")
    unfinished.touch(mode=0o600)
    # seed_demo's own words go to the file; what it has to report goes to the log.
    words = f'exec "$0" {" ".join(_manage())} seed_demo --json > "$1"'
    child = Child("demo", ["/bin/sh", "-c", words, str(PYTHON), str(unfinished)])
    if supervisor.do(child):
        unfinished.unlink(missing_ok=True)
        if supervisor.stopping:
            return False
        raise Trouble("The demo community could not be made; the lines above say why.")
    json.loads(unfinished.read_text())
    unfinished.replace(kept)
    return True


def _manage() -> list[str]:
    return ["-W", "ignore::DeprecationWarning", "manage.py"]


def _step(supervisor: Supervisor, words: list[str]) -> bool:
    """Run one step to its end; False if a stop was asked for. Raises `Trouble` if it fails."""
    status = supervisor.do(Child("setup", [str(PYTHON), *words]))
    if status and not supervisor.stopping:
        raise Trouble(f"Setting up failed at `{' '.join(words[-2:])}`; the lines above say why.")
    return not supervisor.stopping


def _fingerprint(plan: Plan) -> str:
    """Return a digest of everything that preparing depends on."""
    database = os.environ.get("DATABASE_URL", "")
    file = plan.data / "db.sqlite3"
    # A server's database may be another one behind the same address: prepare it each time.
    told = [str(file.stat().st_ino) if file.exists() and not database else os.urandom(8).hex()]
    told += [install.STAMP.read_text() if install.STAMP.exists() else "", plan.public_url]
    for app in APPS:
        told += [_seen(path) for path in sorted((ROOT / app).rglob("*")) if _counts(path)]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


def _counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and path.suffix != ".mo"


def _seen(path: Path) -> str:
    status = path.stat()
    return f"{path} {status.st_size} {status.st_mtime_ns}"
