"""A run's page: progress while it lives, the report after."""

from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from finetuning.benchmarks.models import LOWER_IS_BETTER
from finetuning.evaluation import comparing, queueing, states
from finetuning.evaluation.models import EvaluationReport, EvaluationRun
from models_registry import gate
from models_registry.models import Repo
from portal import access
from portal.access import Actor
from portal.clock import db_now
from portal.errors import Missing


def find(actor: Actor, uuid: UUID) -> EvaluationRun:
    """Return a run whose repo this actor may see; raises `Missing`.

    What a failed process said of the model's files is behind the repo's gate, as the files are.
    """
    found = EvaluationRun.objects.visible_to(actor).for_pages().filter(uuid=uuid).first()
    if found is None:
        raise Missing
    if found.failure_text and not passes_gate(actor, found.submission.repo):
        found.failure_text = ""
    return found


def passes_gate(actor: Actor, repo: Repo) -> bool:
    try:
        gate.check(actor, repo)
    except gate.Gated:
        return False
    return True


def may_cancel(actor: Actor, run: EvaluationRun) -> bool:
    return run.is_live and bool(access.decide(actor, "write", run.submission.repo))


def report_of(run: EvaluationRun) -> EvaluationReport | None:
    """Return the report without its packed outputs."""
    return EvaluationReport.objects.filter(run=run).defer("predictions", "counts").first()


@require_safe
def run(request: HttpRequest, uuid: UUID) -> HttpResponse:
    actor = Actor.of(request)
    found = find(actor, uuid)
    report = report_of(found)
    context = {
        "run": found,
        "submission": found.submission,
        "version": found.submission.version,
        "benchmark": found.submission.version.benchmark,
        "scores": found.scores.order_by("pk"),
        "report": report,
        "comparison": comparing.shown(report, actor),
        "may_cancel": may_cancel(actor, found),
        "lower": LOWER_IS_BETTER,
        **progress_of(found),
    }
    return render(request, "finetuning/run.html", context)


def progress_of(run: EvaluationRun) -> dict:
    now = db_now()
    return {"eta": states.eta(run, now), "place": queueing.place(run, now)}


@require_safe
def progress(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The part of the page that changes, with an ETag of the run's sequence number."""
    found = find(Actor.of(request), uuid)
    seen = progress_of(found)
    etag = queueing.etag(found, seen["place"], get_language() or "")
    if request.headers.get("If-None-Match") == etag and found.is_live:
        return HttpResponse(status=304, headers={"ETag": etag})
    response = render(request, "finetuning/_progress.html", {"run": found, **seen})
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    if not found.is_live:
        response.headers["X-Poll"] = "reload"
        response.headers["X-Say"] = quote(_("The evaluation has ended."))
    return response


@require_POST
def cancel(request: HttpRequest, uuid: UUID) -> HttpResponse:
    actor = Actor.of(request)
    found = find(actor, uuid)
    access.require(actor, "write", found.submission.repo)
    assert actor.person is not None
    states.cancel(found, actor.person)
    return redirect(found)
