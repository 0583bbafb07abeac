"""Which results this portal measured itself."""

from collections.abc import Callable
from typing import Any

from models_registry.models import Repo

Attest = Callable[[Repo, dict[str, Any]], bool]
_known: list[Attest] = []


def attest(check: Attest) -> Attest:
    """Register a function that says whether an entry of this repo is a result of ours."""
    if check not in _known:
        _known.append(check)
    return check


def is_ours(repo: Repo, entry: dict[str, Any]) -> bool:
    return any(check(repo, entry) for check in _known)
