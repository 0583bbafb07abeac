"""The stages of a Scottish STV count: who holds which ballots at what value."""

from collections.abc import Iterable, Mapping, Sequence

from governance.tally import lots
from governance.tally.lots import Lot
from governance.tally.outcome import Step

UNIT = 100_000  # five decimal places, rule 48(3)

Order = tuple[str, ...]
Papers = dict[tuple[Order, int], int]  # preferences and value in units -> how many ballots


class Stages:
    """A count under way. Every ballot's value is somewhere: held, exhausted or cut off."""

    def __init__(
        self,
        orders: Mapping[Order, int],
        standing: Sequence[str],
        seats: int,
        quota: int,
        lot: Lot | None,
    ) -> None:
        self.continuing = set(standing)
        self.seats, self.quota, self.lot = seats, quota, lot
        self.elected: list[str] = []
        self.waiting: list[str] = []  # elected with a surplus that is still to be transferred
        self.papers: dict[str, Papers] = {option: {} for option in standing}
        self.votes = dict.fromkeys(standing, 0)
        self.exhausted = self.lost = 0
        self.history: list[dict[str, int]] = []
        self.steps: list[Step] = []
        self.ties: list[Step] = []
        self.orders = orders

    # --- what is decided ------------------------------------------------------------------------
    def is_complete(self) -> bool:
        return len(self.elected) >= self.seats or not self.continuing

    def largest_surplus(self) -> list[str]:
        most = max((self.votes[option] for option in self.waiting), default=0)
        return sorted(option for option in self.waiting if self.votes[option] == most)

    def lowest(self) -> list[str]:
        least = min(self.votes[option] for option in self.continuing)
        return sorted(option for option in self.continuing if self.votes[option] == least)

    def chosen(self, level: list[str], why: str, *, least: bool) -> str | None:
        """Return one of those level, rules 49(2), 49(3) and 51(2); None if nothing decides."""
        left = level
        for votes in reversed(self.history):
            best = (min if least else max)(votes[option] for option in left)
            left = [option for option in left if votes[option] == best]
        if len(left) > 1:
            lot = lots.drawn(self.lot, left, why)
            if lot is None:
                return None
            self.ties.append(lot[1])
            left = lot[0][:1]
        elif len(level) > 1:
            self.ties.append({"kind": "history", "why": why, "level": level, "chosen": left[0]})
        return left[0]

    def may_go_together(self, level: Sequence[str]) -> bool:
        """Return whether their order of exclusion makes no difference."""
        vacancies = self.seats - len(self.elected)
        no_votes = not any(self.votes[option] for option in level)
        return no_votes and len(self.continuing) - len(level) >= vacancies

    # --- what is done ---------------------------------------------------------------------------
    def first(self) -> None:
        """Rule 45: each ballot goes to its first preference, at the value of one."""
        for order, number in self.orders.items():
            self._credit(order, UNIT, number)
        self._end_stage({"kind": "stage"})

    def transfer_surplus(self, option: str) -> None:
        """Rule 48: every ballot held moves on, at its value times surplus over total."""
        total, surplus = self.votes[option], self.votes[option] - self.quota
        self.waiting.remove(option)
        before = dict(self.votes)
        exhausted, moved = self.exhausted, 0
        for (order, value), number in self._take_papers(option).items():
            worth = value * surplus // total
            self._credit(order, worth, number)
            moved += worth * number
        self.votes[option] = self.quota
        lost = surplus - moved
        self.lost += lost
        self._end_stage(self._transfer("surplus", [option], before, exhausted, lost))

    def exclude(self, options: Sequence[str]) -> None:
        """Rule 50: their ballots move on at the value they came with; 52(2): unless it is over."""
        before = dict(self.votes)
        exhausted = self.exhausted
        self.continuing.difference_update(options)
        if len(self.continuing) > self.seats - len(self.elected):
            for option in options:
                self.votes[option] = 0
                for (order, value), number in self._take_papers(option).items():
                    self._credit(order, value, number)
        self._end_stage(self._transfer("exclusion", options, before, exhausted, 0))

    def _take_papers(self, option: str) -> Papers:
        taken, self.papers[option] = self.papers[option], {}
        return taken

    def _credit(self, order: Order, value: int, number: int) -> None:
        for place, option in enumerate(order):
            if option in self.continuing:
                papers = self.papers[option]
                key = order[place:], value
                papers[key] = papers.get(key, 0) + number
                self.votes[option] += value * number
                return
        self.exhausted += value * number

    def _transfer(
        self,
        why: str,
        options: Sequence[str],
        before: Mapping[str, int],
        exhausted: int,
        lost: int,
    ) -> Step:
        moved = {option: self.votes[option] - before[option] for option in self.votes}
        return {
            "kind": "stage",
            "why": why,
            "from": list(options),
            "to": {option: more for option, more in moved.items() if more > 0},
            "to_exhausted": self.exhausted - exhausted,
            "to_lost": lost,
        }

    def _end_stage(self, step: Step) -> None:
        """Rules 47 and 52(1): who has the quota is elected; as many as vacancies all are."""
        reached = self._by_votes(o for o in self.continuing if self.votes[o] >= self.quota)
        self._elect(reached)
        self.waiting += [option for option in reached if self.votes[option] > self.quota]
        rest: list[str] = []
        if 0 < len(self.continuing) <= self.seats - len(self.elected):
            rest = self._by_votes(self.continuing)
            self._elect(rest)
        self.history.append(dict(self.votes))
        self.steps.append(
            step
            | {
                "number": len(self.history),
                "votes": dict(self.votes),
                "exhausted": self.exhausted,
                "lost": self.lost,
                "elected": reached,
                "elected_without_quota": rest,
                "ties": self.ties,
            }
        )
        self.ties = []

    def _elect(self, options: Sequence[str]) -> None:
        self.elected += options
        self.continuing.difference_update(options)

    def _by_votes(self, options: Iterable[str]) -> list[str]:
        return sorted(options, key=lambda option: (-self.votes[option], option))
