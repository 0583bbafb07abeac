"""Settings as norms: what is in force, within what bounds, by which vote, and what would change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from governance import rules
from governance.policies import ENTRENCHED
from portal.errors import Invalid
from portal.policies import reading
from portal.policies.models import PolicyValue
from portal.policies.registry import Policy

Forecast = Callable[[Any], str]
FORECASTS: dict[str, Forecast] = {}
Invariant = Callable[[Mapping[str, Any]], object]
INVARIANTS: list[Invariant] = []


class Absurd(Invalid):
    """Each value is within its bounds, but together they would not work."""

    code = "Absurd"


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


def one(name: str) -> Setting:
    """Return one setting with its latest change; raises `UnknownPolicy`."""
    found = reading.in_force(name)
    latest = PolicyValue.objects.filter(name=name).select_related("event", "by").last()
    return Setting(found.policy, found.value, found.is_default, found.is_pinned, latest)


def forecast(name: str, function: Forecast) -> None:
    """Register what can be said beforehand of a change: `function(value)` returns a sentence."""
    FORECASTS[name] = function


def foreseen(name: str, value: Any) -> str:
    """Return what a new value would do, as the app that obeys it can tell; "" if it cannot."""
    known = FORECASTS.get(name)
    return known(value) if known else ""


def invariant(function: Invariant) -> Invariant:
    """Register a check of settings together: it gets every value as it would be.

    It returns a sentence for what would not work, or an empty text.
    """
    if function not in INVARIANTS:
        INVARIANTS.append(function)
    return function


def refuse_absurd(values: Mapping[str, Any]) -> None:
    """Raise `Absurd` if the settings would not work with these values in force."""
    then = {found.policy.name: found.value for found in reading.all_in_force()} | dict(values)
    for function in INVARIANTS:
        sentence = function(then)
        if sentence:
            raise Absurd(sentence)


def rule_of(policy: Policy) -> str:
    return rules.required([], [policy.name])
