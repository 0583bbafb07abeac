"""Where a waiting run stands, and about how long it will wait."""

import datetime as dt
import statistics
from dataclasses import dataclass

from django.db.models import Q

from finetuning.evaluation.models import EvaluationRun, RunState

RECENT = 20


@dataclass(frozen=True)
class Place:
    """`ahead`: runs that a worker takes or has taken before this one. `wait`: None where no run
    has ended yet that would tell; it supposes one worker, so that more of them only surprise well.
    """

    ahead: int
    wait: dt.timedelta | None


def place(run: EvaluationRun, now: dt.datetime) -> Place | None:
    """Return where a queued run stands; None for any other."""
    if run.state != RunState.QUEUED:
        return None
    earlier = Q(queued_at__lt=run.queued_at) | Q(queued_at=run.queued_at, pk__lt=run.pk)
    before = EvaluationRun.objects.filter(
        Q(state=RunState.RUNNING) | Q(earlier, state=RunState.QUEUED)
    )
    started = list(before.values_list("started_at", flat=True))
    each = usual()
    if each is None:
        return Place(len(started), None)
    left = [max(each - (now - at), dt.timedelta(0)) if at else each for at in started]
    return Place(len(started), sum(left, dt.timedelta(0)))


def usual() -> dt.timedelta | None:
    """Return how long a run takes: the median of the last that were scored."""
    ends = EvaluationRun.objects.filter(state=RunState.DONE, started_at__isnull=False)
    spans = ends.order_by("-ended_at").values_list("started_at", "ended_at")[:RECENT]
    seconds = [(ended - began).total_seconds() for began, ended in spans if ended and began]
    return dt.timedelta(seconds=statistics.median(seconds)) if seconds else None


def etag(run: EvaluationRun, place: Place | None, *more: str) -> str:
    """Return what changes whenever a page of this run does."""
    ahead = place.ahead if place else ""
    return f'"{"-".join([str(run.sequence), run.state, str(ahead), *more])}"'
