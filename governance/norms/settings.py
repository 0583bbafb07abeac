"""Settings as norms: what is in force, within what bounds, by which vote, and what would change."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from governance import rules
from governance.policies import ENTRENCHED
from portal.policies import reading
from portal.policies.models import PolicyValue
from portal.policies.registry import Policy

Forecast = Callable[[Any], str]
FORECASTS: dict[str, Forecast] = {}


@dataclass(frozen=True)
class Setting:
    """One setting as the pages show it. `proposal`: number of the one that set it, or None."""

    policy: Policy
    value: Any
    is_default: bool
    is_pinned: bool
    latest: PolicyValue | None

    @property
    def is_entrenched(self) -> bool:
        return self.policy.rule == ENTRENCHED

    @property
    def proposal(self) -> int | None:
        return proposal_of(self.latest)


def proposal_of(change: PolicyValue | None) -> int | None:
    """Return the number of the proposal that a change of a setting came from."""
    kind, _colon, number = (change.cause if change else "").partition(":")
    return int(number) if kind == "proposal" and number.isdecimal() else None


def everything() -> list[Setting]:
    """Return every declared setting with its latest change. Three queries."""
    latest: dict[str, PolicyValue] = {}
    for row in PolicyValue.objects.select_related("event", "by").order_by("pk"):
        latest[row.name] = row
    return [
        Setting(
            found.policy,
            found.value,
            found.is_default,
            found.is_pinned,
            latest.get(found.policy.name),
        )
        for found in reading.all_in_force()
    ]


def forecast(name: str, function: Forecast) -> None:
    """Register what can be said beforehand of a change: `function(value)` returns a sentence."""
    FORECASTS[name] = function


def foreseen(name: str, value: Any) -> str:
    """Return what a new value would do, as the app that obeys it can tell; "" if it cannot."""
    known = FORECASTS.get(name)
    return known(value) if known else ""


def rule_of(policy: Policy) -> str:
    return rules.required([], [policy.name])
