"""The demo of evaluation: a benchmark on real data, and a first fine-tune as the first job."""

from typing import TYPE_CHECKING

from django.db import transaction

from finetuning.demo import sentiment
from finetuning.submissions.models import Submission
from portal import jobs

if TYPE_CHECKING:
    from portal.demo.cast import Cast

FIRST_MODEL = "finetuning.demo.jobs.first_model"


def seed(cast: "Cast") -> None:
    """Define the benchmark and queue the first fine-tune; safe to run again."""
    if not sentiment.archive().exists():
        return
    version = sentiment.define()
    if Submission.objects.filter(version=version, submitted_by=cast.maker).exists():
        return
    with transaction.atomic():
        jobs.enqueue(FIRST_MODEL, "demo", {"person": cast.maker.pk, "version": version.pk})


def remove(cast: "Cast") -> None:
    """Take the demo's submissions away; the benchmark stays, it is about no person."""
    Submission.objects.filter(submitted_by__in=[person for _, person in cast.people()]).delete()
