"""The page of one job, and the part of it that asks for itself again every two seconds."""

import hashlib
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from portal import jobs
from portal.access import Actor, require
from portal.errors import Missing
from portal.jobs.models import Job


def load(request: HttpRequest, uuid: UUID, verb: str = "see") -> Job:
    """Return the job if whoever asks may do `verb` to it; one read of one row."""
    job = Job.objects.filter(uuid=uuid).first()
    if job is None:
        raise Missing
    require(Actor.of(request), verb, job)
    return job


@require_safe
def page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    job = load(request, uuid)
    return render(request, "jobs/job.html", {"job": job, **seen(job)})


@require_safe
def progress(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The moving part alone; 304 while nothing moved, `X-Poll: stop` when it has ended."""
    job = load(request, uuid)
    tag = etag(job)
    if request.headers.get("If-None-Match") == tag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = render(request, "jobs/_progress.html", {"job": job, **seen(job)})
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    answer["Vary"] = "Cookie, Accept-Language"
    if not job.is_live:
        answer["X-Poll"] = "stop"
    return answer


@require_POST
def cancel(request: HttpRequest, uuid: UUID) -> HttpResponse:
    job = load(request, uuid, "cancel")
    jobs.cancel(job, by=Actor.of(request).person)
    return redirect(job)


def etag(job: Job) -> str:
    parts = (job.state, job.attempts, job.cancel_requested, job.progress, get_language())
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def seen(job: Job) -> dict[str, object]:
    """What the parts show of a job's progress."""
    kinds = {"done": "good", "failed": "bad", "cancelled": "warn", "running": "accent"}
    said = job.progress or {}
    return {
        "kind": kinds.get(job.state, "info"),
        "done": said.get("done"),
        "total": said.get("total"),
        "phase": said.get("phase"),
    }
