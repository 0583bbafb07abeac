"""What settings there are: each declared once, by the app that obeys it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.errors import Invalid, Missing

REGISTRY: dict[str, "Policy"] = {}
LONGEST_TEXT = 2000
LONGEST_LIST = 200


class UnknownPolicy(Missing):
    code = "UnknownPolicy"
    default = _("There is no setting of this name.")


class BadValue(Invalid):
    """The value is not of the setting's kind or is out of its bounds."""

    code = "BadValue"


@dataclass(frozen=True)
class Policy:
    """One declared setting. `kind`: int, bool, text or list; `unit` is said on the page.

    `floor` and `ceiling` bound an int; no vote and no pin leads out of them. `choices` are the
    values of a text, or what a list may hold. `rule`: the class of rule a vote about it follows.
    """

    name: str
    kind: str
    default: Any
    title: Any
    unit: Any = ""
    floor: int | None = None
    ceiling: int | None = None
    choices: tuple[str, ...] = ()
    rule: str = "ordinary"
    about: Any = ""

    def checked(self, value: Any) -> Any:
        """Return `value` as it is kept; raises `BadValue` with a sentence that says what holds."""
        check = {"int": self._int, "bool": self._bool, "text": self._text, "list": self._list}
        return check[self.kind](value)

    def _int(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadValue(_("“%(name)s” is a whole number.") % {"name": self.name})
        low, high = self.floor, self.ceiling
        if (low is not None and value < low) or (high is not None and value > high):
            raise BadValue(
                _("“%(name)s” must lie between %(floor)s and %(ceiling)s.")
                % {
                    "name": self.name,
                    "floor": "−∞" if low is None else low,
                    "ceiling": "∞" if high is None else high,
                }
            )
        return value

    def _bool(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise BadValue(_("“%(name)s” is yes or no.") % {"name": self.name})
        return value

    def _text(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            raise BadValue(_("“%(name)s” is a short text.") % {"name": self.name})
        if self.choices and value not in self.choices:
            self._not_among()
        return value

    def _list(self, value: Any) -> list[str]:
        fits = isinstance(value, list | tuple) and len(value) <= LONGEST_LIST
        if not fits or not all(isinstance(item, str) and len(item) <= 200 for item in value):
            raise BadValue(_("“%(name)s” is a list of short texts.") % {"name": self.name})
        if self.choices and not set(value) <= set(self.choices):
            self._not_among()
        return list(value)

    def _not_among(self) -> None:
        raise BadValue(
            _("“%(name)s” can only be: %(choices)s.")
            % {"name": self.name, "choices": ", ".join(self.choices)}
        )


def declare(policy: Policy) -> Policy:
    """Register a setting; its default must obey its own bounds. Declaring it again is harmless."""
    policy.checked(policy.default)
    if REGISTRY.get(policy.name, policy) != policy:
        raise ValueError(f"The setting {policy.name} is declared twice.")
    REGISTRY[policy.name] = policy
    return policy


def find(name: str) -> Policy:
    try:
        return REGISTRY[name]
    except KeyError:
        raise UnknownPolicy from None
