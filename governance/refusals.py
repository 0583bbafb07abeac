"""What governance refuses, and why."""

from django.utils.translation import gettext_lazy as _

from portal.errors import Conflict, Forbidden, Invalid, NotNow


class NotEligible(Forbidden):
    code = "NotEligible"
    default = _(
        "Only members with a verified e-mail address who have been here long enough can do this."
    )


class NotInElectorate(Forbidden):
    code = "NotInElectorate"
    default = _("You are not in the electorate of this poll: it was fixed when the poll opened.")


class PollClosed(NotNow):
    code = "PollClosed"
    default = _("This poll takes no ballots now.")


class BallotMoved(Conflict):
    """The cast named another ballot to replace than the one that counts."""

    code = "BallotMoved"
    default = _(
        "You have cast another ballot in the meantime. Look at it, and change it if you want."
    )


class AlreadyCast(Conflict):
    code = "AlreadyCast"
    default = _("You have voted in this poll. Secret ballots are final.")


class NoSecrecy(NotNow):
    """The database would give away the order of ballots, so it offers open ones only."""

    code = "NoSecrecy"
    default = _("This site's database cannot keep ballots secret: it offers open ballots only.")


class BadBallot(Invalid):
    code = "BadBallot"
    default = _("This ballot does not say anything that the rule can count.")


class OwnProposal(Forbidden):
    code = "OwnProposal"
    default = _("Authors do not support their own proposal: others have to.")


class NothingChanges(Invalid):
    code = "NothingChanges"
    default = _("A proposal changes at least one clause or one setting.")


class ClauseUsed(Invalid):
    code = "ClauseUsed"
    default = _("The number %(clause)s stood for another clause once. Take a new one.")

    def __init__(self, clause: str):
        super().__init__(self.default % {"clause": clause})  # type: ignore[operator]


class SettingMoved(Conflict):
    code = "SettingMoved"
    default = _("The setting %(name)s has changed since this was written.")

    def __init__(self, name: str):
        super().__init__(self.default % {"name": name})  # type: ignore[operator]


class FoundingOver(NotNow):
    code = "FoundingOver"
    default = _("Founding mode has ended: only a vote can adopt this.")


class NoLongerEnough(Conflict):
    code = "NoLongerEnough"
    default = _("Since the vote opened, a stricter rule has come to hold for what this changes.")
