"""The published lot: an order nobody can choose and everybody can work out again.

An option's number is SHA-256(log root ‖ poll ‖ option): the root's 32 bytes, then two UTF-8 texts.
The smallest is drawn first. The root is that of the log's first head after the poll closed, so it
is no part of what is frozen when the poll opens; a rule whose lot has no root yet leaves the tie.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from governance.tally.errors import RuleError
from governance.tally.fields import Fields
from governance.tally.outcome import Step

ROOT = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Lot:
    poll: str
    root: bytes | None

    @classmethod
    def of(cls, rule: Fields) -> "Lot | None":
        """Read `"lot": {"poll": "…", "root": "64 hexadecimal digits"}`, if there is one."""
        if "lot" not in rule:
            return None
        fields = rule.object("lot")
        poll, root = fields.text("poll"), fields.text("root", default="")
        fields.done()
        if root and not ROOT.fullmatch(root):
            raise RuleError("The root of the rule's lot must be 64 lower-case hexadecimal digits.")
        return cls(poll, bytes.fromhex(root) if root else None)

    def number(self, option: str) -> str:
        seed = (self.root or b"") + self.poll.encode() + option.encode()
        return hashlib.sha256(seed).hexdigest()

    def order(self, options: Iterable[str]) -> list[str]:
        return sorted(options, key=self.number)


def drawn(lot: Lot | None, tied: Iterable[str], why: str) -> tuple[list[str], Step] | None:
    """Return the order in which `tied` are drawn, with its record; None if nothing can be drawn."""
    if lot is None or lot.root is None:
        return None
    order = lot.order(tied)
    numbers = {option: lot.number(option) for option in order}
    return order, {"kind": "lot", "why": why, "order": order, "numbers": numbers}
