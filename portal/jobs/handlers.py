"""What a job may call, by dotted name, and what the beat calls by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings

if TYPE_CHECKING:
    from portal.jobs.running import Run

QUEUES = ("default", "cpu", "gpu")
Work = Callable[["Run"], dict[str, Any] | None]


@dataclass(frozen=True)
class Handler:
    """A function that does a job. It must be safe to run twice."""

    work: Work
    queue: str
    lease_seconds: int
    max_attempts: int

    def __call__(self, run: "Run") -> dict[str, Any] | None:
        return self.work(run)


@dataclass(frozen=True)
class Periodic:
    """A job the beat writes every `seconds`, if `when` (a cheap question) says it is wanted."""

    name: str
    seconds: float
    when: Callable[[], bool] | None


PERIODIC: dict[str, Periodic] = {}


def handler(
    queue: str = "default", lease_seconds: int = 90, max_attempts: int = 3
) -> Callable[[Work], Handler]:
    """Mark a function as what jobs of its dotted name do."""
    if queue not in QUEUES:
        raise ValueError(f"There is no queue {queue!r}; the queues are {', '.join(QUEUES)}.")

    def marked(work: Work) -> Handler:
        return Handler(work, queue, lease_seconds, max_attempts)

    return marked


def every(seconds: float, name: str, *, when: Callable[[], bool] | None = None) -> None:
    """Declare a periodic job: at most one of it is alive, and only the beat's holder writes it."""
    PERIODIC[name] = Periodic(name, seconds, when)


def find(name: str) -> Handler:
    """Return the handler of this dotted name; raise `LookupError` if there is none."""
    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(import_module(module), attribute, None) if module else None
    except ModuleNotFoundError as error:
        raise LookupError(f"There is no job handler {name}: {error}.") from error
    if not isinstance(found, Handler):
        raise LookupError(f"There is no job handler {name}: mark the function @jobs.handler().")
    return found


def load_all() -> None:
    """Import every `jobs.py` of our apps, so that what they declare with `every` is known."""
    for config in apps.get_app_configs():
        if config.name not in settings.COMMONHOLD_APPS:
            continue
        root = Path(config.path)
        for path in sorted(root.rglob("jobs.py")):
            inner = path.relative_to(root).with_suffix("").parts
            import_module(".".join((config.name, *inner)))
