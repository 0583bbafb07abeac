"""How many seats one group, such as the people of one employer, may take."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from governance.tally.errors import RuleError
from governance.tally.fields import Fields, is_name


@dataclass(frozen=True)
class Caps:
    """`groups` names the group of an option; an option without one is never limited."""

    most: int
    groups: dict[str, str]

    @classmethod
    def of(cls, rule: Fields, options: tuple[str, ...]) -> "Caps":
        """Read `"caps": {"most": 2, "groups": {"option": "group"}}`, if there is one."""
        if "caps" not in rule:
            return cls(0, {})
        fields = rule.object("caps")
        most = fields.whole("most", least=1)
        groups = fields.object("groups")
        fields.done()
        if not set(groups.left) <= set(options) or not all(map(is_name, groups.left.values())):
            raise RuleError("The groups of the rule's caps must name options, each with a text.")
        return cls(most, dict(groups.left))

    def room_for(self, options: Iterable[str]) -> int:
        """Return how many of `options` may take a seat together, if there are enough seats."""
        sizes: Counter[str | None] = Counter(self.groups.get(option) for option in options)
        free = sizes.pop(None, 0)
        return free + sum(min(self.most, size) for size in sizes.values())

    def told(self, options: Iterable[str]) -> dict[str, str]:
        return {option: self.groups[option] for option in options if option in self.groups}
