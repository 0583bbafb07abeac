"""What one `up` runs: addresses, folders, environment, children."""

import argparse
import ipaddress
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from portal.site.launch import Trouble, ground, valkey
from portal.site.launch.children import Child
from portal.site.launch.places import ASSETS, PYTHON, VENV, broker_socket, data_folder

# celery's banner, and two lines for every job: the Job table tells that better.
BANNER = r"^\s*$|Task \S+ (received|succeeded)|^ ?[-*. _]{2,}|^(LocalTime|Configuration) ->|^ +\. "


@dataclass(frozen=True)
class Plan:
    """One installation on this machine."""

    data: Path
    port: int
    public_url: str
    content_url: str
    one_port: bool
    demo: bool

    @classmethod
    def of(cls, asked: argparse.Namespace) -> "Plan":
        """Read the command line; raise `Trouble` where its parts contradict each other."""
        public = (asked.public_url or f"http://localhost:{asked.port}").rstrip("/")
        parts = urlsplit(public)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
            raise Trouble(
                f"{public} is not an address of a site: --public-url takes a scheme and a host, "
                "for example https://models.example.org."
            )
        local = is_loopback(parts.hostname)
        content = os.environ.get("COMMONHOLD_CONTENT_URL", "").rstrip("/")
        if asked.one_port:
            content = public
        elif not content and local:
            content = f"http://{_bracketed(parts.hostname)}:{asked.port + 1}"
        elif not content:
            raise Trouble(
                "A public site serves members' files from a host name of its own: name it in "
                "COMMONHOLD_CONTENT_URL, or use --one-port."
            )
        if not local and not asked.no_demo:
            raise Trouble(
                f"Demo people never meet the public, and {public} is not this machine's own "
                "address: add --no-demo."
            )
        data = data_folder(asked.data)
        return cls(data, asked.port, public, content, asked.one_port, not asked.no_demo)

    @property
    def ports(self) -> list[int]:
        return [self.port] if self.one_port else [self.port, self.port + 1]

    @property
    def own_broker(self) -> bool:
        """Whether we run the broker: nobody named another."""
        return not os.environ.get("COMMONHOLD_BROKER_URL")

    def environment(self) -> dict[str, str]:
        """Return what every child and every `manage.py` of this installation runs in."""
        ours = {
            "COMMONHOLD_DATA": str(self.data),
            "COMMONHOLD_PUBLIC_URL": self.public_url,
            "COMMONHOLD_CONTENT_URL": self.content_url,
            "COMMONHOLD_ASSETS": str(ASSETS),
            "DJANGO_SETTINGS_MODULE": "portal.site.settings",
            "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONUNBUFFERED": "1",
            "TOKENIZERS_PARALLELISM": "false",
        }
        if self.own_broker:
            ours["COMMONHOLD_BROKER_URL"] = f"redis+socket://{broker_socket(self.data)}"
        return {**os.environ, **ours}

    # --- children -----------------------------------------------------------------------------
    def broker(self) -> list[Child]:
        if not self.own_broker:
            return []
        words = valkey.command(broker_socket(self.data), self.data / "valkey")
        hide = r"^\s*$|^\d+:\w .* [*#] (?!.*([Ee]rror|[Cc]an't|MISCONF))"
        ready = "[Rr]eady to accept connections"
        return [Child("valkey", words, ready=ready, hide=hide, last=True)]

    def pages(self) -> Child:
        role = "both" if self.one_port else "pages"
        return self._server("pages", self.port, role)

    def transfers(self) -> list[Child]:
        if self.one_port:
            return []
        return [self._server("transfers", self.port + 1, "transfer")]

    def workers(self) -> list[Child]:
        """The queue of short jobs has a worker of its own: a long evaluation never holds it up."""
        queues = {"default": 2, "cpu": max(1, (os.cpu_count() or 2) // 2)}
        if ground.has_cuda(VENV):
            queues["gpu"] = 1
        return [self._worker(queue, at_once) for queue, at_once in queues.items()]

    def beat(self) -> Child:
        words = [*_celery(), "beat", "--loglevel=INFO", "--pidfile="]
        return Child("beat", words, ready="beat: Starting", hide=BANNER)

    def _worker(self, queue: str, at_once: int) -> Child:
        words = [*_celery(), "worker", f"--queues={queue}", f"--hostname={queue}@%h"]
        words += ["--loglevel=INFO", f"--concurrency={at_once}"]
        # Nobody listens to heartbeats, and without a broker they hold up a stop for ever.
        words += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        if queue == "gpu":
            words.append("--max-tasks-per-child=1")  # gives the card's memory back
        # On SIGTERM it would finish the job in hand first, and a training takes minutes.
        return Child(queue, words, ready=r"\bready\.", hide=BANNER, orphaned=signal.SIGQUIT)

    def _server(self, name: str, port: int, role: str) -> Child:
        words = [str(PYTHON), "-m", "gunicorn", "-c", "python:portal.site.gunicorn"]
        words += [f"--bind={_bracketed(address)}:{port}" for address in ground.loopback()]
        # On SIGTERM it would finish the downloads in hand first.
        return Child(name, words, {"COMMONHOLD_ROLE": role}, orphaned=signal.SIGQUIT)


def _celery() -> list[str]:
    # A container's only user is root; celery's warning is about pickle, which we never read.
    quiet = ["-W", "ignore:You're running the worker"]
    return [str(PYTHON), *quiet, "-m", "celery", "--quiet", "-A", "portal.site.celery"]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Say whether a host name means this machine only."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
