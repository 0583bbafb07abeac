"""From files to rows: read after the commit, by a job, since members wrote them.

A file that cannot be read is told with what is wrong, and stands in no one's way.
"""

import math
from collections.abc import Iterator
from typing import Any

from django.db import transaction

from models_registry import revisions
from models_registry.formats.front_matter import BadFrontMatter, document
from models_registry.models import EvalResult, Repo
from models_registry.results.attesting import is_ours
from models_registry.revisions.noting import RESULTS

FILES_AT_MOST, ENTRIES_AT_MOST = 100, 100
FILE_AT_MOST = 64 * 1024  # bytes
TEXTS = ("verifyToken", "date", "notes")
LONGEST = 8192


class NotAResult(ValueError):
    """What is wrong with a file, in English as parsers speak."""


def read(repo: Repo) -> int:
    """Replace the rows of a repo by what its newest revision says; return how many there are."""
    rows = list(_rows(repo))
    with transaction.atomic():
        if not Repo.objects.select_for_update().filter(pk=repo.pk).exists():
            return 0
        EvalResult.objects.filter(repo=repo).delete()
        EvalResult.objects.bulk_create(rows)
    return len(rows)


def _rows(repo: Repo) -> Iterator[EvalResult]:
    try:
        found = revisions.listing(revisions.resolve(repo), RESULTS, limit=FILES_AT_MOST)
    except (revisions.RevisionNotFound, revisions.EntryNotFound):
        return
    for entry in found:
        if not entry.is_file or not entry.path.endswith((".yaml", ".yml")):
            continue
        try:
            yield from (_row(repo, entry.path, *pair) for pair in enumerate(_entries(entry)))
        except NotAResult as wrong:
            yield EvalResult(repo=repo, filename=entry.path[:255], place=0, error=str(wrong)[:300])


def _entries(file: revisions.Entry) -> list[dict[str, Any]]:
    if file.size > FILE_AT_MOST:
        raise NotAResult(f"larger than {FILE_AT_MOST} bytes")
    try:
        told = document(revisions.read(file).decode())
    except (UnicodeDecodeError, BadFrontMatter) as error:
        raise NotAResult(str(error)) from None
    if not isinstance(told, list) or len(told) > ENTRIES_AT_MOST:
        raise NotAResult(f"not a list of at most {ENTRIES_AT_MOST} results")
    return [checked(entry) for entry in told]


def checked(entry: Any) -> dict[str, Any]:
    """Return the parts of an entry that are known, each of its type; raises `NotAResult`."""
    if not isinstance(entry, dict) or not isinstance(entry.get("dataset"), dict):
        raise NotAResult("a result names its “dataset” with “id” and “task_id”")
    names = {key: entry["dataset"].get(key) for key in ("id", "task_id", "revision")}
    if not _is_text(names["id"], 193) or not _is_text(names["task_id"], 193):
        raise NotAResult("“dataset” needs an “id” and a “task_id” of at most 193 characters")
    if "value" not in entry:
        raise NotAResult("a result has a “value”")
    known: dict[str, Any] = {"dataset": {k: v for k, v in names.items() if _is_text(v, 193)}}
    known["value"] = entry["value"]
    known |= {key: entry[key] for key in TEXTS if _is_text(entry.get(key), LONGEST)}
    source = entry.get("source")
    if isinstance(source, dict) and str(source.get("url", "")).startswith(("https://", "http://")):
        kept = {key: source.get(key) for key in ("url", "name", "user", "org")}
        known["source"] = {key: value for key, value in kept.items() if _is_text(value, 500)}
    return known


def _is_text(value: Any, limit: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= limit


def _row(repo: Repo, path: str, place: int, entry: dict[str, Any]) -> EvalResult:
    return EvalResult(
        repo=repo,
        filename=path[:255],
        place=place,
        dataset=entry["dataset"]["id"].lower(),
        value=number(entry["value"]),
        data=entry,
        verified=is_ours(repo, entry),
    )


def number(value: Any) -> float | None:
    """Return a value that boards can order by; None for a text or for no finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
