"""What a fine-grained token may do: named scopes, for everything or for single objects.

Stored as `{"everywhere": ["repo.read"], "only": {"model:maker/minilm": ["repo.write"]}}`. A scope
is `family.read` or `family.write`; write includes read. Scopes with a colon stand for one deed
that no ordinary token can do.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.errors import Invalid

NAMED = {
    "repo.read": _("Read repos that you can read, private and gated ones too"),
    "repo.write": _("Write to repos: commits, branches, settings, new repos"),
    "organisation.read": _("See your organisations and their members"),
    "organisation.write": _("Change your organisations and their members"),
    "person.read": _("See your account"),
    "person.write": _("Change your profile"),
    "submission.read": _("See your submissions and evaluations"),
    "submission.write": _("Submit fine-tunes for evaluation"),
    "agreements:accept": _("Accept licences and agreements in your name"),
}


class InvalidScope(Invalid):
    code = "InvalidScope"
    default = _("This is not a scope that a token can have.")


def is_read(need: str) -> bool:
    return need.rpartition(".")[2] == "read"


@dataclass(frozen=True)
class Scopes:
    """The scopes of one token."""

    everywhere: frozenset[str] = frozenset()
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Scopes":
        """Read the stored form; what is not understood gives nothing."""
        only = stored.get("only") or {}
        return cls(
            frozenset(stored.get("everywhere") or ()),
            {str(key).lower(): frozenset(rights) for key, rights in only.items()},
        )

    def stored(self) -> dict[str, Any]:
        only = {key.lower(): sorted(rights) for key, rights in self.only.items() if rights}
        return {"everywhere": sorted(self.everywhere), "only": only}

    def checked(self) -> "Scopes":
        """Return these scopes; `InvalidScope` for one that does not exist or for none at all."""
        named = self.everywhere.union(*self.only.values())
        unknown = sorted(named - NAMED.keys())
        if unknown:
            raise InvalidScope(
                _("“%(scope)s” is not a scope that a token can have.") % {"scope": unknown[0][:80]}
            )
        if not named:
            raise InvalidScope(_("A fine-grained token needs at least one scope."))
        return self

    def allows(self, right: str, keys: Collection[str]) -> bool:
        granted = self.everywhere.union(*(self.only.get(key, frozenset()) for key in keys))
        return right in granted or (is_read(right) and _written(right) in granted)

    def names_with(self, right: str) -> frozenset[str] | None:
        """Return the names for which `right` is granted; None where it is granted everywhere."""
        if self.allows(right, ()):
            return None
        return frozenset(name for name in self.only if self.allows(right, (name,)))


def _written(right: str) -> str:
    return right.removesuffix("read") + "write"
