"""The life of a proposal, as a table. Anything that is not in it is refused."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.errors import NotNow


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    SEEKING = "seeking_support", _("seeking support")
    DELIBERATION = "deliberation", _("deliberation")
    FROZEN = "frozen", _("frozen")
    VOTING = "voting", _("voting")
    PASSED = "passed", _("passed")
    REJECTED = "rejected", _("rejected")
    NO_QUORUM = "no_quorum", _("no quorum")
    TIED = "tied", _("tied")
    ENACTED = "enacted", _("enacted")
    CONFLICTED = "conflicted", _("in conflict")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")


STEPS: dict[tuple[State, str], State] = {
    (State.DRAFT, "submit"): State.SEEKING,
    (State.DRAFT, "revise"): State.DRAFT,
    (State.DRAFT, "withdraw"): State.WITHDRAWN,
    (State.SEEKING, "revise"): State.SEEKING,
    (State.SEEKING, "carry"): State.DELIBERATION,
    (State.SEEKING, "withdraw"): State.WITHDRAWN,
    (State.SEEKING, "expire"): State.EXPIRED,
    (State.SEEKING, "adopt"): State.ENACTED,
    (State.DELIBERATION, "revise"): State.DELIBERATION,
    (State.DELIBERATION, "freeze"): State.FROZEN,
    (State.DELIBERATION, "withdraw"): State.WITHDRAWN,
    (State.DELIBERATION, "expire"): State.EXPIRED,
    (State.DELIBERATION, "conflict"): State.CONFLICTED,
    (State.DELIBERATION, "adopt"): State.ENACTED,
    (State.FROZEN, "open"): State.VOTING,
    (State.FROZEN, "withdraw"): State.WITHDRAWN,
    (State.VOTING, "pass"): State.PASSED,
    (State.VOTING, "reject"): State.REJECTED,
    (State.VOTING, "miss_quorum"): State.NO_QUORUM,
    (State.VOTING, "tie"): State.TIED,
    (State.PASSED, "enact"): State.ENACTED,
    (State.PASSED, "conflict"): State.CONFLICTED,
    (State.PASSED, "annul"): State.REJECTED,
    (State.CONFLICTED, "revise"): State.DELIBERATION,
    (State.CONFLICTED, "withdraw"): State.WITHDRAWN,
    (State.CONFLICTED, "expire"): State.EXPIRED,
}
ENDED = frozenset(
    {
        State.ENACTED,
        State.REJECTED,
        State.NO_QUORUM,
        State.TIED,
        State.WITHDRAWN,
        State.EXPIRED,
    }
)


class NotThisStep(NotNow):
    """The proposal is in a state from which this step does not lead anywhere."""

    code = "NotThisStep"
    default = _("The proposal is “%(state)s”: this step is not possible now.")

    def __init__(self, state: str):
        super().__init__(self.default % {"state": State(state).label})  # type: ignore[operator]


def after(state: str, deed: str) -> State:
    """Return the state to which `deed` leads; raises `NotThisStep`."""
    try:
        return STEPS[State(state), deed]
    except KeyError:
        raise NotThisStep(state) from None


def can(state: str, deed: str) -> bool:
    return (State(state), deed) in STEPS
