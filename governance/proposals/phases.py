"""What phase a proposal is in, what comes next and when: one sentence each, for its page."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.policies import DELIBERATION_DAYS, VOTING_DAYS
from governance.proposals import supporting
from governance.proposals.models import Proposal
from governance.proposals.states import State
from portal.policies import value

PATH = (State.DRAFT, State.SEEKING, State.DELIBERATION, State.VOTING, State.PASSED, State.ENACTED)
ICONS = {
    "draft": "pencil", "submit": "send", "revise": "pencil", "carry": "users", "freeze": "lock",
    "open": "vote", "pass": "circle-check", "reject": "circle-x", "miss_quorum": "circle-slash",
    "tie": "equal", "enact": "gavel", "adopt": "landmark", "conflict": "git-merge",
    "withdraw": "undo-2", "expire": "hourglass", "annul": "circle-x",
}  # fmt: skip


@dataclass(frozen=True)
class Phase:
    """`kind` colours the banner; `ends_at` is when this phase ends, if a moment ends it."""

    title: str
    next: str
    kind: str = "info"
    ends_at: dt.datetime | None = None


def of(proposal: Proposal, supporters: int) -> Phase:
    """Return the phase of a proposal. `supporters`: of its present wording."""
    title, following, kind = _SAID[State(proposal.state)](proposal, supporters)
    return Phase(title, following, kind, proposal.ends_at)


Said = tuple[str, str, str]


def _draft(proposal: Proposal, supporters: int) -> Said:
    return (
        _("Draft: only its authors see it"),
        _("Submit it, and everybody can support it."),
        "info",
    )


def _seeking(proposal: Proposal, supporters: int) -> Said:
    lacking = max(0, supporting.wanted(proposal) - supporters)
    following = ngettext(
        "With one more supporter deliberation begins, for %(days)s days. Without, it expires.",
        "With %(lacking)s more supporters deliberation begins, for %(days)s days. Without, it "
        "expires.",
        lacking,
    ) % {"lacking": lacking, "days": value(DELIBERATION_DAYS.name)}
    return _("Seeking support"), following, "info"


def _deliberation(proposal: Proposal, supporters: int) -> Said:
    if supporters < supporting.wanted(proposal):
        return (
            _("Deliberation, without enough support"),
            _("It was written anew, so it needs supporters again; without them it expires."),
            "warn",
        )
    following = _("Then text and electorate are frozen and a vote opens for %(days)s days.")
    return _("Deliberation"), following % {"days": value(VOTING_DAYS.name)}, "info"


def _frozen(proposal: Proposal, supporters: int) -> Said:
    return _("Frozen"), _("The electorate is being fixed; the vote opens in a moment."), "info"


def _voting(proposal: Proposal, supporters: int) -> Said:
    following = _("Then the ballots are counted; until then nobody sees how it stands.")
    return _("The vote is open"), following, "accent"


def _passed(proposal: Proposal, supporters: int) -> Said:
    following = _("Until then anybody can recount and challenge it. Then it takes effect.")
    return _("Passed"), following, "good"


def _enacted(proposal: Proposal, supporters: int) -> Said:
    return _("In force"), _("It can be undone by a new proposal only."), "good"


def _rejected(proposal: Proposal, supporters: int) -> Said:
    return _("Rejected"), _("Nothing changes. A new proposal may try again."), "bad"


def _no_quorum(proposal: Proposal, supporters: int) -> Said:
    return _("Too few took part"), _("Nothing changes. A new proposal may try again."), "warn"


def _tied(proposal: Proposal, supporters: int) -> Said:
    return _("A tie"), _("Nothing changes. A new proposal may try again."), "warn"


def _conflicted(proposal: Proposal, supporters: int) -> Said:
    following = _("Its authors can write it anew against the norms in force; support begins again.")
    return _("In conflict with the norms in force"), following, "warn"


def _withdrawn(proposal: Proposal, supporters: int) -> Said:
    return _("Withdrawn by its authors"), "", "info"


def _expired(proposal: Proposal, supporters: int) -> Said:
    return _("Expired without enough support"), "", "info"


_SAID = {
    State.DRAFT: _draft,
    State.SEEKING: _seeking,
    State.DELIBERATION: _deliberation,
    State.FROZEN: _frozen,
    State.VOTING: _voting,
    State.PASSED: _passed,
    State.ENACTED: _enacted,
    State.REJECTED: _rejected,
    State.NO_QUORUM: _no_quorum,
    State.TIED: _tied,
    State.CONFLICTED: _conflicted,
    State.WITHDRAWN: _withdrawn,
    State.EXPIRED: _expired,
}


def timeline(proposal: Proposal) -> list[dict[str, object]]:
    """Return what has happened, as items of `ui/timeline`."""
    deeds = {
        "draft": _("Drafted"), "submit": _("Submitted"), "revise": _("Written anew"),
        "carry": _("Enough supporters: deliberation begins"), "freeze": _("Text frozen"),
        "open": _("Vote opened"), "pass": _("Passed"), "reject": _("Rejected"),
        "miss_quorum": _("Too few took part"), "tie": _("A tie"), "enact": _("Took effect"),
        "adopt": _("Adopted by a founder's decision"), "conflict": _("Found in conflict"),
        "withdraw": _("Withdrawn"), "expire": _("Expired"), "annul": _("Vote annulled"),
    }  # fmt: skip
    kinds = {"pass": "good", "enact": "good", "reject": "bad", "conflict": "warn", "adopt": "good"}
    return [
        {
            "title": deeds.get(row.deed, row.deed),
            "who": row.by.shown_name if row.by else "",
            "when": row.at,
            "text": row.note,
            "icon": ICONS.get(row.deed, "circle-dot"),
            "kind": kinds.get(row.deed, ""),
            "href": row.event.get_absolute_url(),
        }
        for row in proposal.steps.select_related("by", "event").order_by("pk")
    ]


def path(proposal: Proposal) -> list[dict[str, object]]:
    """Return the way a proposal goes, and where on it this one stands."""
    place = PATH.index(State(proposal.state)) if proposal.state in PATH else -1
    return [
        {"label": state.label, "done": number < place, "current": number == place}
        for number, state in enumerate(PATH)
    ]
