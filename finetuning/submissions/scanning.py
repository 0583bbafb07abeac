"""Examining a revision by the acceptance rules, and keeping what they found."""

import hashlib
from functools import lru_cache, partial
from pathlib import Path
from typing import BinaryIO

from django.db import transaction
from django.db.models import Exists, OuterRef

from finetuning import acceptance
from finetuning.submissions.models import Scan
from models_registry import revisions
from models_registry.models import Repo
from models_registry.models.repos import Kind
from models_registry.revisions import Entry, Revision
from portal import events
from portal.clock import db_now

MAX_LISTED = 5000


@lru_cache(maxsize=1)
def rules() -> str:
    """Return the version of the rules: a hash over their code, so that new rules scan again."""
    total = hashlib.sha256()
    for path in sorted(Path(acceptance.__file__).parent.glob("*.py")):
        total.update(path.read_bytes())
    return total.hexdigest()[:12]


def examine(revision: Revision, task: str | None = None) -> acceptance.Report:
    """Return what the rules find in a revision; files beyond `MAX_LISTED` make it unknown."""
    found = revisions.listing(revision, "", recursive=True, limit=MAX_LISTED + 1)
    listed = [as_file(entry) for entry in found[:MAX_LISTED] if entry.kind != "directory"]
    return acceptance.examine(listed, task, whole=len(found) <= MAX_LISTED)


def as_file(entry: Entry) -> acceptance.File:
    opener: partial[BinaryIO] = partial(revisions.open_entry, entry)
    return acceptance.File(entry.path, entry.size, entry.sha256, opener, entry.kind)


def scan(repo: Repo, oid: str) -> Scan:
    """Return the scan of a revision, made now unless these rules looked at it before."""
    known = Scan.objects.filter(repo=repo, revision=oid, rules=rules()).first()
    if known is not None:
        return known
    report = examine(revisions.resolve(repo, oid))
    return keep(repo, oid, report)


def keep(repo: Repo, oid: str, report: acceptance.Report) -> Scan:
    with transaction.atomic():
        found, created = Scan.objects.update_or_create(
            repo=repo,
            revision=oid,
            defaults={
                "status": report.state.value,
                "findings": [finding.facts() for finding in report.findings[:100]],
                "ignored": list(report.ignored[:200]),
                "rules": rules(),
                "scanned_at": db_now(),
            },
        )
        if created:
            body = {"status": found.status, "rules": found.rules, "revision": oid}
            events.record("finetuning:revision:scanned", subject=f"repo:{repo.pk}", body=body)
    return found


def unscanned(limit: int) -> list[Repo]:
    """Return models whose newest revision no scan of these rules has seen."""
    seen = Scan.objects.filter(repo=OuterRef("pk"), revision=OuterRef("head_oid"), rules=rules())
    models = Repo.objects.filter(kind=Kind.MODEL).exclude(head_oid="")
    return list(models.filter(~Exists(seen)).order_by("updated_at")[:limit])
