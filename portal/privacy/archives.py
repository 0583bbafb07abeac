"""The archive of what is about one person: asked for, made by a job, kept for a week."""

import datetime as dt
import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from portal import events, jobs
from portal.clock import db_now
from portal.errors import NotNow
from portal.privacy.models import Export
from portal.privacy.registry import FILES, REGISTRY

if TYPE_CHECKING:
    from portal.people.models import Person

KEPT = dt.timedelta(days=7)
JOB = "portal.privacy.jobs.make_archive"


def ask(person: "Person") -> Export:
    """Ask for an archive; the one that is being made is returned instead of a second."""
    with transaction.atomic():
        waiting = Export.objects.filter(person=person, made_at=None).first()
        if waiting is not None:
            jobs.enqueue(JOB, str(waiting.uuid), {"export": str(waiting.uuid)}, by=person)
            return waiting
        export = Export.objects.create(person=person, asked_at=db_now())
        events.record(
            "portal:privacy:export-asked", actor=person, subject=f"person:{person.opaque}"
        )
        jobs.enqueue(JOB, str(export.uuid), {"export": str(export.uuid)}, by=person)
    return export


def folder() -> Path:
    return Path(settings.DATA_DIR) / "exports"


def path_of(export: Export) -> Path:
    """Return where the archive lies; `NotNow` while it is being made and when it is gone."""
    path = folder() / f"{export.uuid}.zip"
    if export.expires_at is None or export.expires_at <= db_now() or not path.is_file():
        raise NotNow
    return path


def write(export: Export) -> tuple[int, str]:
    """Write the archive's file; return its size in bytes and its sha256. No transaction is open."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder() / f"{export.uuid}.zip"
    temporary = path.with_suffix(f".{os.getpid()}.part")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in files_of(export.person).items():
                archive.writestr(name, text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    return path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()


def files_of(person: "Person") -> dict[str, str]:
    """Return the archive's files, path to text: a read-me, and one JSON file for each part."""
    found: dict[str, str] = {}
    parts = []
    for name in sorted(REGISTRY):
        export = REGISTRY[name].export
        if export is None:
            continue
        said = dict(export(person))
        found |= {f"{name}/{path}": text for path, text in said.pop(FILES, {}).items()}
        found[f"{name}.json"] = _json(said)
        parts.append(f"{name}.json")
    with translation.override(person.language or settings.LANGUAGE_CODE):
        frame = {"person": person, "parts": parts, "now": db_now(), "site": settings.PUBLIC_URL}
        found["README.txt"] = render_to_string("privacy/readme.txt", frame)
    return found


def drop_expired() -> int:
    """Delete the archives whose week is over; returns how many."""
    gone = list(Export.objects.filter(expires_at__lte=db_now()))
    for export in gone:
        forget(export)
    return len(gone)


def forget(export: Export) -> None:
    (folder() / f"{export.uuid}.zip").unlink(missing_ok=True)
    export.delete()


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2, sort_keys=True)
