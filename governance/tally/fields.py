"""Reading a rule: every field is taken once, checked, and none is left over."""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from governance.tally.errors import RuleError

NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{1,40}|/[0-9]{1,18})?", re.ASCII)
LARGEST = 10**18
LONGEST_NAME = 200


class Fields:
    """The fields of a JSON object, taken one by one. `where` begins the sentence of an error."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise RuleError(f"{where} must be a JSON object.")
        self.left: dict[str, Any] = dict(value)
        self.where = where

    def __contains__(self, name: str) -> bool:
        return name in self.left

    def take(self, name: str) -> Any:
        if name not in self.left:
            raise RuleError(f"{self.where} lacks the field “{name}”.")
        return self.left.pop(name)

    def object(self, name: str) -> "Fields":
        return Fields(self.take(name), f"{self.where}'s “{name}”")

    def word(self, name: str, known: tuple[str, ...]) -> str:
        value = self.take(name)
        if not isinstance(value, str) or value not in known:
            raise RuleError(f"{self.where}'s “{name}” must be one of: {', '.join(known)}.")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        value = self.left.pop(name, default) if default is not None else self.take(name)
        if not is_name(value, empty=default is not None):
            raise RuleError(f"{self.where}'s “{name}” must be a text of at most {LONGEST_NAME}.")
        return str(value)

    def whole(self, name: str, *, least: int, most: int = LARGEST, default: int = -1) -> int:
        """Return a whole number; `default` (if not negative) stands for an absent one."""
        value = self.left.pop(name, default) if default >= 0 else self.take(name)
        if type(value) is not int or not least <= value <= most:
            raise RuleError(
                f"{self.where}'s “{name}” must be a whole number from {least} to {most}."
            )
        return value

    def number(self, name: str) -> Fraction:
        """Return an exact number of 0 or more; floats have no exact meaning and are refused."""
        value = exact(self.take(name))
        if value is None:
            raise RuleError(
                f"{self.where}'s “{name}” must be a whole number or a text like 2/3 or 0.25."
            )
        return value

    def names(self, name: str, known: tuple[str, ...]) -> frozenset[str]:
        """Return some of the options; none if the field is absent."""
        value = self.left.pop(name, [])
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise RuleError(f"{self.where}'s “{name}” must be a list of options.")
        if len(set(value)) != len(value) or not set(value) <= set(known):
            raise RuleError(f"{self.where}'s “{name}” names an unknown option, or one twice.")
        return frozenset(value)

    def done(self) -> None:
        if self.left:
            unknown = ", ".join(repr(name[:40]) for name in sorted(self.left)[:5])
            raise RuleError(f"{self.where} has a field that its method does not know: {unknown}.")


def exact(value: object) -> Fraction | None:
    """Return a number of 0 or more as it is written, or None if it is none."""
    if type(value) is int and 0 <= value <= LARGEST:
        return Fraction(value)
    if isinstance(value, Decimal):
        value = str(value)
    if isinstance(value, Fraction):
        return value if 0 <= value <= LARGEST else None
    if isinstance(value, str) and NUMBER.fullmatch(value) and not value.endswith("/0"):
        try:
            return Fraction(value)
        except ZeroDivisionError:
            return None
    return None


def is_name(value: object, *, empty: bool = False) -> bool:
    """Return whether `value` can be hashed and printed: text that is not empty, nor too long."""
    if not isinstance(value, str) or len(value) > LONGEST_NAME or (not value and not empty):
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in value)
