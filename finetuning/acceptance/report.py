"""What an examination says: three states, findings, and what may enter a job."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, BinaryIO

from models_registry.formats.sentences import Sentence


class ScanState(StrEnum):
    """`clean`: nothing that we check for was found. `unknown`: parts were not looked into.

    No state says safe, because no examination can.
    """

    CLEAN = "clean"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class File:
    """One file of a revision. `open` returns a binary stream of `size` bytes, read from its start.

    `kind` is `file` for ordinary ones; anything else (a link) is refused by name.
    """

    path: str
    size: int
    sha256: str
    open: Callable[[], BinaryIO]
    kind: str = "file"

    def head(self, size: int) -> bytes:
        """Return the first `size` bytes."""
        with self.open() as stream:
            return stream.read(size)


@dataclass(frozen=True)
class Finding:
    """One observation. `rule` is a stable name; `refuses` tells a refusal from a remark, `of_task`
    what keeps a model out of one task from what is said of its files whatever they are for."""

    path: str
    rule: str
    text: Sentence
    refuses: bool = True
    of_task: bool = False

    def facts(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "rule": self.rule,
            "text": self.text,
            "said": self.text.facts(),
            "refuses": self.refuses,
        }


@dataclass(frozen=True)
class Accepted:
    """What a job is given: the config we wrote, and which files of the revision by name.

    `id2label` is kept apart from the config as the model's own words for its classes.
    """

    config: Mapping[str, Any]
    weights: Mapping[str, File]
    tokenizer: File
    index: Mapping[str, str] | None
    parameters: int
    classes: int
    id2label: Mapping[str, str] | None

    @property
    def digest(self) -> str:
        """The identity of what is evaluated: the hashes of every byte the job reads."""
        total = hashlib.sha256()
        for name in sorted(self.weights):
            total.update(f"{name} {self.weights[name].sha256}\n".encode())
        total.update(f"tokenizer.json {self.tokenizer.sha256}\n".encode())
        total.update(repr(sorted(self.config.items())).encode())
        return total.hexdigest()


@dataclass(frozen=True)
class Report:
    findings: tuple[Finding, ...] = ()
    ignored: tuple[str, ...] = ()
    accepted: Accepted | None = field(default=None)

    @property
    def state(self) -> ScanState:
        if any(finding.refuses for finding in self.findings):
            return ScanState.REFUSED
        if any(finding.rule == "unexamined" for finding in self.findings):
            return ScanState.UNKNOWN
        return ScanState.CLEAN

    def of_files(self) -> "Report":
        """Return what holds for the files whatever they are entered for."""
        return Report(tuple(f for f in self.findings if not f.of_task), self.ignored)

    @property
    def refusals(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.refuses]
