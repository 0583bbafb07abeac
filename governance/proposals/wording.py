"""What a proposal would change, checked against the norms and settings it is written for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance.norms import clauses as text
from governance.norms import settings
from governance.norms.clauses import Change, Clause
from governance.norms.models import NormsVersion
from governance.refusals import ClauseUsed, NothingChanges, SettingMoved
from portal.errors import Invalid, Refused
from portal.policies.models import Act, PolicyValue
from portal.policies.registry import REGISTRY, find

MOST_CHANGES = 60


@dataclass(frozen=True)
class Wording:
    """A patch of clauses and new values of settings, as they are kept."""

    patch: tuple[Change, ...]
    policies: Mapping[str, Mapping[str, Any]]


def voted_values(names: Iterable[str]) -> dict[str, Any]:
    """Return what votes have put in force, whatever an operator pins: the default where nothing."""
    wanted = list(names)
    found = {name: find(name).default for name in wanted}
    rows = PolicyValue.objects.filter(name__in=wanted, act=Act.ENACTED).order_by("pk")
    return found | dict(rows.values_list("name", "value"))


def checked(
    base: NormsVersion,
    patch: Sequence[Change],
    values: Mapping[str, Any],
    *,
    may_be_empty: bool = False,
) -> Wording:
    """Return the wording against `base`; raises what is wrong with it, `NothingChanges` at last."""
    if len(patch) + len(values) > MOST_CHANGES:
        raise Invalid
    kept = text.normal(patch, base.parts())
    text.apply(base.parts(), kept)
    _refuse_used(kept)
    before = voted_values(values)
    policies = {
        name: {"before": before[name], "value": find(name).checked(value)}
        for name, value in sorted(values.items())
    }
    policies = {name: said for name, said in policies.items() if said["before"] != said["value"]}
    if not kept and not policies and not may_be_empty:
        raise NothingChanges
    settings.refuse_absurd({name: said["value"] for name, said in policies.items()})
    return Wording(tuple(kept), policies)


def _refuse_used(patch: Iterable[Change]) -> None:
    """An id is never given to another clause: decisions cite it."""
    new = {change.clause for change in patch if change.op == "insert"}
    if not new:
        return
    for records in NormsVersion.objects.values_list("clauses", flat=True):
        for record in records:
            if record["id"] in new:
                raise ClauseUsed(record["id"])


def applied(current: NormsVersion, wording: Wording) -> list[Clause]:
    """Return the clauses after the patch on the version in force; raises what is in conflict.

    A change elsewhere in the norms is no conflict: what counts is the clause as it was seen.
    """
    made = text.apply(current.parts(), wording.patch)
    now = voted_values(wording.policies)
    for name, said in wording.policies.items():
        if now[name] != said["before"]:
            raise SettingMoved(name)
    settings.refuse_absurd({name: said["value"] for name, said in wording.policies.items()})
    return made


def conflict(current: NormsVersion, wording: Wording) -> Refused | None:
    """Return why the wording no longer fits, or None."""
    try:
        applied(current, wording)
    except Refused as refusal:
        return refusal
    return None


def known_policies() -> list[str]:
    return sorted(REGISTRY)
