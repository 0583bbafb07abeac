"""Runs, scores and submissions as JSON: the shapes that the REST API answers with."""

import datetime as dt
from typing import Any

from django.conf import settings

from finetuning.evaluation import queueing, states
from finetuning.evaluation.comparing import Comparison
from finetuning.evaluation.models import EvaluationReport, EvaluationRun, Score
from finetuning.submissions.models import Submission
from portal.clock import db_now


def score(found: Score) -> dict[str, Any]:
    return {
        "metric": found.metric,
        "split": found.split,
        "value": found.value,
        "low": found.low,
        "high": found.high,
    }


def submission(found: Submission) -> dict[str, Any]:
    return {
        "id": str(found.uuid),
        "url": settings.PUBLIC_URL + found.get_absolute_url(),
        "repo": found.repo.full_name,
        "revision": found.revision,
        "benchmark": found.version.benchmark.slug,
        "version": found.version.number,
        "base": found.shown_base or None,
        "submitted_by": found.submitted_by.username if found.submitted_by else None,
        "submitted_at": found.submitted_at,
    }


def run(
    found: EvaluationRun,
    report: EvaluationReport | None = None,
    comparison: Comparison | None = None,
) -> dict[str, Any]:
    now = db_now()
    left, place = states.eta(found, now), queueing.place(found, now)
    return {
        "id": str(found.uuid),
        "url": settings.PUBLIC_URL + found.get_absolute_url(),
        "submission": submission(found.submission),
        "state": found.state,
        "phase": found.phase,
        "done": found.done,
        "total": found.total,
        "sequence": found.sequence,
        "eta_s": seconds(left),
        "queue": None if place is None else {"ahead": place.ahead, "wait_s": seconds(place.wait)},
        "attempt": found.attempt,
        "queued_at": found.queued_at,
        "started_at": found.started_at,
        "ended_at": found.ended_at,
        "failure": {"kind": found.failure, "text": found.failure_told} if found.failure else None,
        "peak_bytes": found.peak_bytes,
        "cancelled_by": found.cancelled_by.username if found.cancelled_by else None,
        "digest": found.digest,
        "parameters": found.parameters,
        "plan_sha256": found.plan_sha256,
        "environment": found.environment,
        "scores": [score(one) for one in found.scores.order_by("pk")],
        "report": details(report) if report is not None else None,
        "against_base": comparison.facts() if comparison is not None else None,
        "written_revision": found.written_oid or None,
    }


def seconds(span: dt.timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds(), 1)


def details(report: EvaluationReport) -> dict[str, Any]:
    return {
        "labels": report.labels,
        "entities": report.entities,
        "support": report.support,
        "units": report.units,
    }
