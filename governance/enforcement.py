"""What a change of the rules of votes would mean today, said before anybody votes on it."""

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from governance import rules
from governance.norms.clauses import under
from governance.norms.settings import forecast, invariant
from governance.policies import (
    ENTRENCHED_CLAUSES,
    ENTRENCHED_QUORUM,
    ENTRENCHED_SHARE,
    MINIMUM_AGE,
    QUORUM,
    SHARE,
)
from governance.polls import electorate
from portal.clock import db_now


def minimum_age(days: Any) -> str:
    """Say how many of the members could vote."""
    joined = db_now() - dt.timedelta(days=days)
    everybody, number = electorate.count_members(), electorate.joined_by(joined)
    return ngettext(
        "%(number)s of %(all)s member could vote today.",
        "%(number)s of %(all)s members could vote today.",
        everybody,
    ) % {"number": number, "all": everybody}


def quorum(percent: Any) -> str:
    """Say how many would have to take part."""
    members = electorate.eligible(db_now()).count()
    number = rules.quorum_of(percent, members)
    return ngettext(
        "%(number)s member would have to take part today.",
        "%(number)s members would have to take part today.",
        number,
    ) % {"number": number}


@invariant
def higher_rule_is_higher(values: Mapping[str, Any]) -> object:
    """What is entrenched must not be easier to change than the rest."""
    share, high = (_share(values[policy.name]) for policy in (SHARE, ENTRENCHED_SHARE))
    if high < share or values[ENTRENCHED_QUORUM.name] < values[QUORUM.name]:
        return _("The rule for entrenched clauses must not be lower than the ordinary one.")
    return ""


@invariant
def changing_the_norms_is_entrenched(values: Mapping[str, Any]) -> object:
    """Else an ordinary majority could first lower the bar and then step over it."""
    if not under("N7.1", values[ENTRENCHED_CLAUSES.name]):
        return _("The section on changing the norms (N7) stays entrenched.")
    return ""


def _share(said: str) -> Fraction:
    return Fraction(said.lstrip(">="))


forecast(MINIMUM_AGE.name, minimum_age)
forecast(QUORUM.name, quorum)
forecast(ENTRENCHED_QUORUM.name, quorum)
