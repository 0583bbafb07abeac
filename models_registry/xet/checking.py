"""Checker processes: started when there is something to check, as many as there are cores."""

import atexit
import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.conf import settings

from models_registry.formats.sentences import Sentence
from models_registry.formats.xet import Malformed, hashes
from models_registry.formats.xet.checker import MALLOC, Run
from models_registry.formats.xet.xorbs import Index
from models_registry.storage import Content, store
from models_registry.storage.refusals import StoreAway


class Checker:
    """One checker process; used by one thread at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "models_registry.formats.xet.checker"],
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ.get("PATH", os.defpath), **MALLOC},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer; raises `Malformed` for bytes that break a rule, BrokenPipeError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise BrokenPipeError("the checker died")
        answer: dict[str, Any] = json.loads(line)
        if "away" in answer:
            raise StoreAway() from OSError(answer["away"])
        if "error" in answer:
            raise Malformed(Sentence.of(answer["error"]))
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


_idle: list[Checker] = []
_threads: ThreadPoolExecutor | None = None
_lock = threading.Lock()


def _started() -> ThreadPoolExecutor:
    global _threads
    with _lock:
        if _threads is None:
            atexit.register(_end)
            _threads = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="xet-check")
        return _threads


def _ask(question: dict[str, Any]) -> dict[str, Any]:
    """Ask an idle checker; where that has died meanwhile, a new one."""
    with _lock:
        idle = _idle.pop() if _idle else None
    if idle is None:
        return _asked(Checker(), question)
    try:
        return _asked(idle, question)
    except BrokenPipeError:
        return _asked(Checker(), question)


def _asked(checker: Checker, question: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = checker.ask(question)
    except (Malformed, StoreAway):
        _put_back(checker)
        raise
    except BaseException:
        checker.close()
        raise
    _put_back(checker)
    return answer


def _put_back(checker: Checker) -> None:
    with _lock:
        _idle.append(checker)


def _end() -> None:
    """End the checkers with the process that asked them."""
    while _idle:
        _idle.pop().close()


def check_xorb(location: str | Path, name: bytes) -> Index:
    """Check the xorb at a path or an address; return its index. Raises `Malformed`."""
    target = store.incoming / f"{uuid.uuid4().hex}.index"
    question = {"xorb": str(location), "hash": hashes.to_text(name), "index": str(target)}
    try:
        _started().submit(_ask, question).result()
        return Index.from_bytes(target.read_bytes())
    finally:
        target.unlink(missing_ok=True)


def content_of(location: str) -> Content:
    """Return the sha256 and the size of what is at a path or an address."""
    return Content(**_started().submit(_ask, {"file": location}).result())


def sha256_of(runs: Sequence[Run]) -> "Future[dict[str, Any]]":
    """Return {"sha256", "size"} of the content of these runs, once it is there."""
    return _started().submit(_ask, {"sha256": list(runs)})
