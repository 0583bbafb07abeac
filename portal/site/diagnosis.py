"""What is wrong with a running installation, and what to do: the half that needs Django.

Each examination asks one part a real question and returns what it found; none changes anything.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import checks, mail
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from kombu import Connection

WAITS_TOO_LONG = timedelta(minutes=2)
CLOCKS_APART = timedelta(seconds=5)


@dataclass(frozen=True)
class Finding:
    """One part's answer. `remedy` is empty where all is well."""

    part: str
    text: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Yield what each part answers, database first; without it the others are not asked."""
    found = list(_guarded("database", database))
    yield from found
    if any(finding.remedy for finding in found):
        return
    for part, ask in PARTS.items():
        yield from _guarded(part, ask)


def _guarded(part: str, ask: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """An examination that fails is itself a finding: this is the edge of the process."""
    try:
        yield from ask()
    except Exception as error:
        yield Finding(part, f"{type(error).__name__}: {error}", "See this error's first line.")


def database() -> Iterator[Finding]:
    vendor = connection.vendor
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        yield Finding("database", f"No connection: {error}", "Start it, or correct DATABASE_URL.")
        return
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        text = f"{len(pending)} migrations are not applied."
        yield Finding("database", text, "Run manage.py migrate, or ./commonhold up once.")
        return
    version = sqlite3.sqlite_version if vendor == "sqlite" else str(connection.pg_version)  # type: ignore[attr-defined]
    yield Finding("database", f"{vendor} {version} answers; all migrations are applied.")


def clock() -> Iterator[Finding]:
    from portal.clock import db_now

    apart = abs(db_now() - timezone.now())
    text = f"The database's clock is {apart.total_seconds():.1f} s from this machine's."
    remedy = "Let both follow a time server." if apart > CLOCKS_APART else ""
    yield Finding("clock", text, remedy)


def broker() -> Iterator[Finding]:
    began = time.monotonic()
    try:
        with Connection(settings.BROKER_URL, connect_timeout=3) as link:
            link.ensure_connection(max_retries=1, timeout=3)
            address = link.as_uri()  # without its password
    except Exception as error:  # each transport raises its own
        remedy = "Start ./commonhold up, or correct COMMONHOLD_BROKER_URL."
        yield Finding("broker", f"No answer: {error}", remedy)
        return
    yield Finding("broker", f"{address} answers in {time.monotonic() - began:.3f} s.")


def jobs() -> Iterator[Finding]:
    from portal.clock import db_now
    from portal.jobs.models import Job, JobState

    late = Job.objects.filter(state=JobState.QUEUED, run_after__lt=db_now() - WAITS_TOO_LONG)
    waiting = sorted({queue for queue in late.values_list("queue", flat=True)})
    if waiting:
        text = f"{late.count()} jobs have waited over two minutes in {', '.join(waiting)}."
        yield Finding("jobs", text, "See whether workers of these queues and one beat run.")
    else:
        yield Finding("jobs", "No job waits longer than two minutes.")


def mails() -> Iterator[Finding]:
    backend = settings.EMAIL_BACKEND.rsplit(".", 2)[-2]
    if backend != "smtp":
        yield Finding("mail", f"Mail goes to {backend}, in {settings.DATA_DIR / 'mail'}.")
        return
    try:
        with mail.get_connection(timeout=5):
            yield Finding("mail", f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} accepts us.")
    except OSError as error:
        text = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} refuses: {error}"
        yield Finding("mail", text, "Correct EMAIL_URL.")


def log_key() -> Iterator[Finding]:
    from portal.events import keys
    from portal.events.models import LogKey

    key = LogKey.objects.filter(is_current=True).first()
    if key is None:
        yield Finding("log key", "There is none yet; the first event makes it.")
        return
    try:
        keys.sign(key, b"doctor")
    except keys.KeyLost as lost:
        remedy = "Bring the file back from a backup of secrets/; without it no head can be signed."
        yield Finding("log key", str(lost), remedy)
        return
    yield Finding("log key", f"{key.key_id[:16]} signs.")


def system_checks() -> Iterator[Finding]:
    """Everything that declares itself wrong: triggers, sandbox, addresses, the broker's kind."""
    found = checks.run_checks(databases=["default"])
    for message in found:
        if message.level >= checks.WARNING:
            hint = message.hint or "See the message."
            yield Finding(message.id or "check", str(message.msg), str(hint))
    if not any(message.level >= checks.WARNING for message in found):
        yield Finding("checks", "Triggers, sandbox, addresses and settings are in order.")


PARTS: dict[str, Callable[[], Iterator[Finding]]] = {
    "clock": clock,
    "broker": broker,
    "jobs": jobs,
    "mail": mails,
    "log key": log_key,
    "checks": system_checks,
}
