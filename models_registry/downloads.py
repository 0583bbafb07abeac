"""Counting downloads: once a reader, file and day, whatever is asked for how often."""

import hashlib

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from models_registry.models import Download, Repo
from portal.clock import db_now


def reader_key(person_id: int | None, address: str) -> str:
    """Return a name for the reader that nobody can turn back into a person or an address."""
    told = f"person:{person_id}" if person_id else f"address:{address}"
    return hashlib.sha256(f"{settings.SECRET_KEY}:download:{told}".encode()).hexdigest()[:32]


def count(repo_id: int, path: str, reader: str) -> bool:
    """Count one download; return whether it was new today."""
    path_hash = hashlib.sha256(path.encode()).hexdigest()[:32]
    table = Download._meta.db_table
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (repo_id, day, reader, path_hash) "
                "VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                [repo_id, db_now().date(), reader, path_hash],
            )
            new = cursor.rowcount == 1
        if new:
            Repo.objects.filter(pk=repo_id).update(downloads=F("downloads") + 1)
    return new
