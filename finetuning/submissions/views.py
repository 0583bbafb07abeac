"""Submitting a model, and a submission's page."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from finetuning.benchmarks.models import Benchmark
from finetuning.submissions import submitting
from finetuning.submissions.forms import SubmissionForm
from finetuning.submissions.models import Scan, Submission
from models_registry.models import Repo
from models_registry.models.repos import Kind
from portal.access import Actor
from portal.errors import Missing, Refused

SHOWN = 100


def find_model(actor: Actor, name: str) -> Repo:
    """Return a model that this actor may see; a hidden one and a missing one raise `Missing`."""
    repos = Repo.objects.visible_to(actor).select_related("namespace")
    repo = repos.filter(kind=Kind.MODEL, key=name.strip().lower()).first()
    if repo is None:
        raise Missing
    return repo


def find(actor: Actor, uuid: UUID) -> Submission:
    found = Submission.objects.visible_to(actor).for_pages().filter(uuid=uuid).first()
    if found is None:
        raise Missing
    return found


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What this person entered, newest first, with where it stands."""
    actor = Actor.of(request)
    found = Submission.objects.visible_to(actor).filter(submitted_by=actor.person).for_pages()
    found = found.prefetch_related("runs")[:SHOWN]
    return render(request, "finetuning/submissions.html", {"submissions": found})


@login_required
def new(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        form = SubmissionForm(initial=the_only_benchmark() | request.GET.dict())
        return render(request, "finetuning/new_submission.html", {"form": form})
    form = SubmissionForm(request.POST)
    if form.is_valid():
        try:
            return redirect(entered(Actor.of(request), form.cleaned_data).run)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "finetuning/new_submission.html", {"form": form}, status=422)


def the_only_benchmark() -> dict[str, Benchmark]:
    """Return what the form begins with where there is nothing to choose."""
    found = list(Benchmark.objects.all()[:2])
    return {"benchmark": found[0]} if len(found) == 1 else {}


def entered(actor: Actor, wanted: dict) -> submitting.Entered:
    return submitting.submit(
        actor,
        find_model(actor, wanted["repo"]),
        wanted["benchmark"],
        rev=wanted["revision"],
        base=wanted["base"],
    )


@require_safe
def submission(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = find(Actor.of(request), uuid)
    scan = Scan.objects.filter(repo=found.repo, revision=found.revision).first()
    context = {"submission": found, "runs": found.runs.all(), "scan": scan}
    return render(request, "finetuning/submission.html", context)
