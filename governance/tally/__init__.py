"""Counting votes. Pure: integers and fractions, the standard library alone, no clock, no chance.

Anyone can recount a closed poll with this folder: `python -m governance.tally CASE.json`.
"""

from governance.tally.ballots import aggregate
from governance.tally.counting import check_rule, normal_ballot, rule_hash, tally
from governance.tally.errors import BallotError, RuleError, TallyError
from governance.tally.outcome import Outcome

__all__ = [
    "BallotError",
    "Outcome",
    "RuleError",
    "TallyError",
    "aggregate",
    "check_rule",
    "normal_ballot",
    "rule_hash",
    "tally",
]
