"""What cannot be counted. Ties and a missed quorum are outcomes, never errors."""


class TallyError(ValueError):
    """A rule, an option list or a ballot that has no meaning; the message is one sentence."""


class RuleError(TallyError):
    """The rule or the list of options is not one that this package can count by."""


class BallotError(TallyError):
    """A ballot is not one that the rule's method knows."""
