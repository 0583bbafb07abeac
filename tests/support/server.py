"""A real portal for a test: gunicorn for pages and for transfers, on a folder of its own.

The Hub's routes need the raw request path, which only a real server gives; so nothing here uses
Django's live server. Folders are copied from one migrated template.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def make_template(folder: Path) -> Path:
    """Migrate a data folder and put the cast into it; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"COMMONHOLD_DATA": str(folder)}
    environment.pop("DATABASE_URL", None)
    subprocess.run(
        [sys.executable, "-m", "tests.support.template"],
        cwd=ROOT,
        env=environment,
        check=True,
        timeout=300,
    )
    return folder


def shared_template(place: Path) -> Path:
    """Return the template in `place`, of all processes that name it: the first one makes it."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "data" / "cast.json").exists():  # written last
            make_template(place / "data")
    return place / "data"


@dataclass
class Server:
    """A running portal. `people.maker.write_token` and the like come from the template."""

    data: Path
    extra: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    content_port: int = field(default_factory=free_port)
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def content_url(self) -> str:
        return f"http://localhost:{self.content_port}"

    @property
    def people(self) -> SimpleNamespace:
        cast = json.loads((self.data / "cast.json").read_text())
        return SimpleNamespace(**{n: SimpleNamespace(**values) for n, values in cast.items()})

    @property
    def environment(self) -> dict[str, str]:
        ours = {
            "COMMONHOLD_DATA": str(self.data),
            "COMMONHOLD_PUBLIC_URL": self.url,
            "COMMONHOLD_CONTENT_URL": self.content_url,
            "DJANGO_SETTINGS_MODULE": "portal.site.settings",
        }
        kept = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        return kept | ours | self.extra

    def start(self) -> "Server":
        self.spawn("pages", self.port)
        self.spawn("transfer", self.content_port)
        for port in (self.port, self.content_port):
            self.wait_for(port)
        return self

    def spawn(self, role: str, port: int) -> None:
        command = [sys.executable, "-m", "gunicorn", "-c", "python:portal.site.gunicorn"]
        command += ["--bind", f"127.0.0.1:{port}", "--bind", f"[::1]:{port}"]
        command += ["--workers", "1", "--graceful-timeout", "2"]
        with (self.data / f"{role}.log").open("ab") as log:
            self.children.append(
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=self.environment | {"COMMONHOLD_ROLE": role},
                    stdout=log,
                    stderr=log,
                )
            )

    def wait_for(self, port: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if any(child.poll() is not None for child in self.children):
                break
            with contextlib.suppress(OSError):
                with contextlib.closing(
                    HTTPConnection("127.0.0.1", port, timeout=30)
                ) as connection:
                    connection.request("GET", "/healthz")
                    connection.getresponse().read()  # any answer says that it serves
                return
            time.sleep(0.05)
        raise RuntimeError(f"the server on port {port} did not start:\n{self.logs()}")

    def logs(self) -> str:
        logs = sorted(self.data.glob("*.log"))
        return "\n".join(f"--- {path.name}\n{path.read_text()[-4000:]}" for path in logs)

    def stop(self) -> None:
        for child in self.children:
            child.send_signal(signal.SIGTERM)
        for child in self.children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.children.clear()

    @contextlib.contextmanager
    def database(self) -> Iterator[None]:
        """Point this process's ORM and store at the server's folder, as a second process of it."""
        from django.db import connections
        from django.test import override_settings

        from models_registry.revisions import objects
        from models_registry.storage import LocalStore, store

        here = LocalStore(self.data / "content")
        kept, store.__dict__ = dict(store.__dict__), here.__dict__
        objects.forget()
        before = connections["default"]
        before.close()
        connections["default"] = sqlite_beside(before, self.data / "db.sqlite3")
        try:
            with override_settings(
                DATA_DIR=self.data, PUBLIC_URL=self.url, CONTENT_URL=self.content_url
            ):
                yield
        finally:
            connections["default"].close()
            connections["default"] = before
            store.__dict__ = kept
            objects.forget()


def sqlite_beside(connection: Any, path: Path) -> Any:
    """Return a connection to a server's file, whichever database the test itself stands on."""
    from django.db.backends.sqlite3.base import DatabaseWrapper

    options = {"transaction_mode": "IMMEDIATE", "timeout": 30}
    if connection.vendor == "sqlite":
        options = connection.settings_dict["OPTIONS"]
    told = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": options}
    return DatabaseWrapper(connection.settings_dict | told, connection.alias)


@contextlib.contextmanager
def serving(template: Path, folder: Path, **extra: str) -> Iterator[Server]:
    """Run a portal on a copy of `template`; `extra` are environment variables of the server."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    server = Server(folder, extra)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="session")
def portal_server(
    portal_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One running portal for all tests of the session: make repos under names of your own."""
    with serving(portal_template, tmp_path_factory.mktemp("portal") / "data") as server:
        yield server


if __name__ == "__main__":
    shared_template(Path(sys.argv[1]))
