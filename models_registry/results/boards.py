"""What results say: of one repo, and of one data set over all models that may be seen."""

from typing import Any

from django.db.models import F, QuerySet

from models_registry.models import BaseLink, EvalResult, Repo
from models_registry.models.repos import Kind
from portal.access import Actor

ROWS_AT_MOST = 1000


def of_repo(repo: Repo) -> list[dict[str, Any]]:
    """Return the results as the protocol tells them, those that cannot be read with the reason."""
    rows = EvalResult.objects.filter(repo=repo).order_by("filename", "place")
    return [
        {"filename": row.filename, "error": row.error}
        if row.error
        else {"filename": row.filename, "data": row.data, "verified": row.verified}
        for row in rows
    ]


def board(dataset: str, actor: Actor, *, originals: bool = False) -> QuerySet[EvalResult]:
    """Return the results on a data set, what this portal measured before what is only claimed.

    `originals`: only models that do not stand on another one.
    """
    seen = Repo.objects.visible_to(actor).filter(kind=Kind.MODEL)
    if originals:
        seen = seen.exclude(pk__in=BaseLink.objects.values("repo"))
    rows = EvalResult.objects.filter(
        dataset=dataset.lower(), value__isnull=False, repo__in=seen.values("pk")
    ).select_related("repo__namespace__person", "repo__namespace__organisation")
    return rows.order_by("-verified", F("value").desc(), "repo", "filename", "place")[:ROWS_AT_MOST]
