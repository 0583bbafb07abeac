"""The values in force, read with one query a request and dropped when it ends or one changes."""

import threading
from dataclasses import dataclass
from typing import Any

from django.core.signals import request_finished, request_started
from django.db.models import Max, Q, QuerySet

from portal.policies.registry import REGISTRY, Policy, find
from portal.prepared import Prepared

_local = threading.local()


@dataclass(frozen=True)
class InForce:
    """A setting's value now, and whether an operator holds it."""

    policy: Policy
    value: Any
    is_default: bool
    is_pinned: bool


def value(name: str) -> Any:
    """Return the value in force; `UnknownPolicy` where nothing of this name is declared."""
    return in_force(name).value


def in_force(name: str) -> InForce:
    policy = find(name)
    return _of(policy, _snapshot())


def all_in_force() -> list[InForce]:
    """Return every declared setting, by name."""
    latest = _snapshot()
    return [_of(REGISTRY[name], latest) for name in sorted(REGISTRY)]


def _of(policy: Policy, latest: dict[tuple[str, bool], tuple[str, Any]]) -> InForce:
    """A pin holds until it is released; without one the last enactment does, else the default.

    A value that was within bounds which have been narrowed since is brought back into them.
    """
    pin = latest.get((policy.name, True))
    if pin is not None and pin[0] == "pinned":
        return InForce(policy, _bounded(policy, pin[1]), False, True)
    enacted = latest.get((policy.name, False))
    if enacted is not None:
        return InForce(policy, _bounded(policy, enacted[1]), False, False)
    return InForce(policy, policy.default, True, False)


def _bounded(policy: Policy, value: Any) -> Any:
    if policy.kind != "int":
        return value
    low = value if policy.floor is None else max(value, policy.floor)
    return low if policy.ceiling is None else min(low, policy.ceiling)


def _snapshot() -> dict[tuple[str, bool], tuple[str, Any]]:
    """Map (name, by an operator) to the last (act, value). Kept only while a request runs."""
    kept = getattr(_local, "kept", None)
    if kept is None:
        kept = _read()
        if getattr(_local, "in_request", False):
            _local.kept = kept
    return kept


def _read() -> dict[tuple[str, bool], tuple[str, Any]]:
    from portal.policies.models import Act

    return {(row.name, row.act != Act.ENACTED): (row.act, row.value) for row in _LATEST.all()}


def _latest() -> QuerySet[Any]:
    from portal.policies.models import Act, PolicyValue

    operator = [Act.PINNED, Act.UNPINNED]
    enacted = PolicyValue.objects.filter(act=Act.ENACTED).values("name").annotate(last=Max("pk"))
    pinned = PolicyValue.objects.filter(act__in=operator).values("name").annotate(last=Max("pk"))
    return PolicyValue.objects.filter(
        Q(pk__in=enacted.values("last")) | Q(pk__in=pinned.values("last"))
    )


_LATEST = Prepared(_latest)


def drop() -> None:
    """Forget what was read: something changed."""
    _local.kept = None


def _begin(**kwargs: Any) -> None:
    _local.in_request, _local.kept = True, None


def _end(**kwargs: Any) -> None:
    _local.in_request, _local.kept = False, None


request_started.connect(_begin, dispatch_uid="portal.policies")
request_finished.connect(_end, dispatch_uid="portal.policies")
