"""What a change of the rules of votes would mean today, said before anybody votes on it."""

import datetime as dt
from typing import Any

from django.utils.translation import ngettext

from governance import rules
from governance.norms.settings import forecast
from governance.policies import ENTRENCHED_QUORUM, MINIMUM_AGE, QUORUM
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


forecast(MINIMUM_AGE.name, minimum_age)
forecast(QUORUM.name, quorum)
forecast(ENTRENCHED_QUORUM.name, quorum)
