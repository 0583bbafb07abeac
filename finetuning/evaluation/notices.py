"""What a submitter is told of a run that has ended: scored, refused, failed, or cancelled."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from finetuning.evaluation.models import EvaluationRun, Failure, Score
from models_registry import telling
from portal import notices
from portal.access import Actor, decide
from portal.people.models import Person

SCORED = "evaluation_scored"
FAILED = "evaluation_failed"
notices.declare(SCORED, _("Scores of your submissions"))
notices.declare(FAILED, _("Submissions of yours that could not be scored"), default_mail=True)


def scored(run: EvaluationRun, headline: Score) -> None:
    tell(
        run,
        SCORED,
        _("%(model)s is scored on %(benchmark)s: %(value)s"),
        _(
            "%(metric)s: %(value)s, 95 %% interval %(low)s to %(high)s. The page has the whole "
            "report and leads to the leaderboard."
        ),
        metric=headline.get_metric_display(),
        value=f"{headline.value:.4f}",
        low=f"{headline.low:.4f}",
        high=f"{headline.high:.4f}",
    )


def failed(run: EvaluationRun, failure: str, said: list[str | dict[str, Any]]) -> None:
    """Tell why; what the rules refused reads differently from what fell in the run, or is ours."""
    subject: object = _("%(model)s could not be scored on %(benchmark)s")
    body: object = _("%(reason)s\n\n%(text)s")
    if failure == Failure.REFUSED:
        subject = _("%(model)s was refused for %(benchmark)s")
    if failure == Failure.PLATFORM:
        body = _("%(reason)s Submit it again: the same revision starts a new run.")
    tell(run, FAILED, subject, body, reason=Failure(failure).label, text=telling.told(*said))


def cancelled(run: EvaluationRun, by: Person) -> None:
    if run.submission.submitted_by_id == by.pk:
        return
    subject = _("%(person)s cancelled the evaluation of %(model)s")
    body = _("It was to be scored on %(benchmark)s. You may submit it again.")
    tell(run, FAILED, subject, body, person=by.shown_name)


def tell(run: EvaluationRun, kind: str, subject: object, body: object, **said: object) -> None:
    """Tell the submitter, if that is still somebody who may see the model."""
    submission = run.submission
    person = submission.submitted_by
    if person is None or not decide(Actor(person), "read", submission.repo):
        return
    model, benchmark = submission.repo.full_name, submission.version.benchmark.title
    context = {"model": model, "benchmark": benchmark, **said}
    url = run.get_absolute_url()
    notices.send(person, kind, subject=subject, body=body, url=url, context=context)
