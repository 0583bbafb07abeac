"""The unmodified Hub client in a process and a home of its own."""

import json
import os
import subprocess
import sys
import tempfile
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.server import Server

PRELUDE = """
import io, json, os, sys, dataclasses
from pathlib import Path
from huggingface_hub import *
from huggingface_hub import errors
def plain(value):
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {k: plain(v) for k, v in vars(value).items() if not k.startswith("_")}
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set)) or hasattr(value, "__next__"):
        return [plain(v) for v in value]
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    return plain(vars(value)) if hasattr(value, "__dict__") and vars(value) else str(value)
"""
LOOP = """
answers = os.fdopen(os.dup(1), "w")  # what the client prints must not mix with our answers
os.dup2(2, 1)
for line in sys.stdin:
    try:
        result = {"ok": plain(eval(json.loads(line)))}
    except Exception as error:
        names = [kind.__name__ for kind in type(error).__mro__]
        status = getattr(getattr(error, "response", None), "status_code", None)
        result = {"error": names[0], "is": names, "text": str(error), "status": status}
    print(json.dumps(result), file=answers, flush=True)
"""


@dataclass(frozen=True)
class ClientError:
    """What the client raised: the exception's name, its bases, its text, the HTTP status."""

    kind: str
    bases: list[str]
    text: str
    status: int | None


class CallFailed(AssertionError):
    """The client raised where the test expected an answer."""


def stop(process: subprocess.Popen[str]) -> None:
    """End a client's process and close its pipes."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.terminate()
    process.wait(10)


@dataclass(eq=False)
class HubClient:
    """One user's machine: a token, a cache folder, and a Python with the client in it."""

    server: Server
    token: str = ""
    python: str = sys.executable
    home: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="hf-home-")))
    xet: bool = True
    endpoint: str = ""
    process: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "COMMONHOLD"))}
        ours = {
            "HF_ENDPOINT": self.endpoint or self.server.url,
            "HF_HOME": str(self.home),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
            "OMP_NUM_THREADS": "1",
        }
        if self.token:
            ours["HF_TOKEN"] = self.token
        if not self.xet:
            ours["HF_HUB_DISABLE_XET"] = "1"
        return kept | ours

    def python_code(self, code: str, *arguments: str, timeout: float = 180) -> str:
        """Run a script with this client's environment; return what it printed."""
        done = subprocess.run(
            [self.python, "-W", "ignore", "-c", code, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=self.home,
        )
        if done.returncode:
            raise CallFailed(f"{code}\n{done.stdout}\n{done.stderr}\n{self.server.logs()}")
        return done.stdout + done.stderr

    def outcome(self, expression: str) -> dict[str, Any]:
        """Evaluate in this machine's one Python process, started at the first call."""
        if self.process is None:
            log = (self.home / "client.log").open("ab")
            self.process = subprocess.Popen(
                [self.python, "-W", "ignore", "-c", PRELUDE + LOOP],
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=self.home,
            )
            log.close()
            weakref.finalize(self, stop, self.process)
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(expression) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise CallFailed(f"{expression}\n{(self.home / 'client.log').read_text()}")
        return json.loads(line)

    def call(self, expression: str) -> Any:
        """Return what the client's `expression` gives, as plain JSON."""
        result = self.outcome(expression)
        if "error" in result:
            raise CallFailed(f"{expression}: {result['error']}: {result['text']}")
        return result["ok"]

    def fails(self, expression: str) -> ClientError:
        """Return what the client raises for `expression`."""
        result = self.outcome(expression)
        if "ok" in result:
            raise CallFailed(f"{expression} gave {result['ok']}, an error was expected")
        return ClientError(result["error"], result["is"], result["text"], result["status"])

    def hf(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the `hf` command."""
        done = subprocess.run(
            [str(Path(self.python).parent / "hf"), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=180,
            cwd=self.home,
        )
        if check and done.returncode:
            raise CallFailed(f"hf {arguments}\n{done.stdout}\n{done.stderr}\n{self.server.logs()}")
        return done
