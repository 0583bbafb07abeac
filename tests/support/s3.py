"""An S3 to test against: ministack, in an environment of its own, as a process that can be stopped.

It keeps objects, ranges, copies and multipart uploads as S3 does, and checks signed addresses.
"""

import contextlib
import fcntl
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

from tests.support.server import free_port

VERSION = "1.5.33"
FOLDER = Path(settings.ASSETS_DIR) / "clients" / f"ministack-{VERSION}"
START_SECONDS = 90
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "secret"}


@dataclass(frozen=True)
class S3:
    """A running emulator with one bucket. `environment`: what a portal needs to use it."""

    endpoint: str
    process: subprocess.Popen[bytes]

    @property
    def environment(self) -> dict[str, str]:
        return KEYS | {"COMMONHOLD_S3_BUCKET": "content", "COMMONHOLD_S3_ENDPOINT": self.endpoint}


def _python() -> Path:
    """Return the Python of the environment with the emulator; made if it is not there."""
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with FOLDER.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (FOLDER / "complete").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", FOLDER], check=True)
            pip = [FOLDER / "bin" / "python", "-m", "pip", "install", "-q", f"ministack=={VERSION}"]
            if subprocess.run(pip, capture_output=True, timeout=600).returncode:
                pytest.skip("ministack cannot be installed")
            (FOLDER / "complete").touch()
    return FOLDER / "bin" / "python"


@contextlib.contextmanager
def running(folder: Path) -> Iterator[S3]:
    """Run an emulator until the block ends."""
    python, port = _python(), free_port()
    endpoint = f"http://127.0.0.1:{port}"
    ours = {"GATEWAY_PORT": str(port), "SERVICES": "s3", "LOG_LEVEL": "WARNING"}
    with (folder / "s3.log").open("wb") as log:
        words = [python, "-m", "ministack.app"]
        process = subprocess.Popen(
            words, env=os.environ | KEYS | ours, stdout=log, stderr=log, cwd=folder
        )
    try:
        _wait(endpoint, process)
        request = urllib.request.Request(f"{endpoint}/content", method="PUT")
        urllib.request.urlopen(request).close()
        yield S3(endpoint, process)
    finally:
        process.terminate()
        process.wait(20)


def _wait(endpoint: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(endpoint, timeout=5).close()
            return
        time.sleep(0.1)
    raise RuntimeError("the S3 emulator did not start")
