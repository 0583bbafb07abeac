"""Accepting and withdrawing: the only functions that write acceptances."""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import Case, Exists, OuterRef, Value, When

from portal import events
from portal.agreements.models import (
    Acceptance,
    AcceptanceDetail,
    Deed,
    Document,
    DocumentVersion,
    State,
    uuid7,
)
from portal.agreements.refusals import NonceSpent, NotAccepted, NothingToWithdraw, StaleText
from portal.clock import DbNow, db_now
from portal.prepared import Prepared

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.people.models import Person

_KEPT = "_site_documents_missing"
BUTTON = 'button:"I have read and accept"'


def outstanding(
    person: "Person", documents: Iterable[Document] | None = None
) -> list[DocumentVersion]:
    """Return the versions in force that `person` has not accepted. One query, texts not loaded.

    `documents`: default the site-wide ones (terms, norms). Each says in `waits` whether it only
    asks for now: its grace period runs, and the person accepted an earlier version.
    """
    if documents is None:
        return _SITE_WIDE.all(person=person.pk)
    return list(_outstanding(person.pk, documents))


def _outstanding(person: int, documents: Iterable[Document]) -> "QuerySet[DocumentVersion]":
    mine = Acceptance.objects.standing().filter(person=person)
    earlier = mine.filter(version__document=OuterRef("document"))
    return (
        DocumentVersion.objects.filter(document__in=documents, state=State.CURRENT)
        .exclude(Exists(mine.filter(version=OuterRef("pk"))))
        .annotate(
            waits=Case(
                When(Exists(earlier), grace_until__gt=DbNow(), then=Value(True)),
                default=Value(False),
            )
        )
        .select_related("document")
        .order_by("-document__kind", "document__slug")
    )


# Asked before everything that somebody writes.
_SITE_WIDE = Prepared(lambda person: _outstanding(person, Document.objects.site_wide()), person=int)


def site_documents_missing(person: "Person") -> list[DocumentVersion]:
    """Return the terms and norms in force that `person` has not accepted.

    Asked once for each `Person` instance (a request loads its own); accepting asks again.
    """
    kept = person.__dict__.get(_KEPT)
    if kept is None:
        kept = person.__dict__[_KEPT] = outstanding(person)
    return kept


def site_documents_due(person: "Person") -> list[DocumentVersion]:
    """Return those without which `person` cannot write: no grace period runs for them."""
    return [version for version in site_documents_missing(person) if not version.waits]  # type: ignore[attr-defined]


def require_site_documents(person: "Person") -> None:
    """Raise `NotAccepted` unless `person` accepted the terms and norms in force."""
    person.__dict__.pop(_KEPT, None)
    due = site_documents_due(person)
    if due:
        raise NotAccepted(due[0])


def has_accepted(person: "Person | None", version: DocumentVersion, purpose: str = "") -> bool:
    """Return whether an acceptance of this very version stands (for `purpose`, if given)."""
    return version.pk in accepted_versions(person, [version.pk], purpose=purpose)


def accepted_versions(
    person: "Person | None", versions: Collection[int], *, purpose: str = ""
) -> set[int]:
    """Return which of the version ids `person` has accepted, in one query (none for nobody)."""
    if person is None or not versions:
        return set()
    rows = Acceptance.objects.standing().filter(person=person, version__in=versions)
    if purpose:
        rows = rows.filter(purpose=purpose)
    return set(rows.values_list("version_id", flat=True))


class How(TypedDict, total=False):
    """How an acceptance came about; what is left out was not observed.

    `scope`: for a licence, `{"repo": id, "base_chain": [ids], "relation": text}`.
    `surroundings`: `ip_prefix`, `ua_family`; like the answers they can be erased.
    `nonce`: single use.
    """

    act: str
    auth_method: str
    session_key: str
    ui: Mapping[str, Any]
    scope: Mapping[str, Any]
    surroundings: Mapping[str, str]
    nonce: str


def accept(
    person: "Person",
    version: DocumentVersion,
    *,
    language: str,
    text_sha256: str,
    purpose: str = "",
    answers: Mapping[str, Any] | None = None,
    **how: Unpack[How],
) -> Acceptance:
    """Record that `person` accepted this exact text; one that stands already is returned.

    `text_sha256`: of the text that was shown, `StaleText` if it is not this version's in
    `language`. `answers`: to the questionnaire of a licence, `AnswersMissing` if it asks for more.
    `NonceSpent` for a nonce that was used before.
    """
    from portal.licences.consent import checked

    purpose, questionnaire, kept = checked(version, purpose, answers or {})
    with transaction.atomic():
        _still_open(version, language, text_sha256)
        standing = _standing(person, version, purpose)
        if standing is not None:
            return standing
        row = Acceptance(person=person, version=version, language=language, **_observed(how))
        row.text_sha256, row.purpose, row.questionnaire = text_sha256, purpose, questionnaire
        return _write(row, _erasable(how, kept))


def _observed(how: How) -> dict[str, Any]:
    """Return what the record says for ever about how it came about."""
    return {
        "act": how.get("act", BUTTON)[:200],
        "auth_method": how.get("auth_method", "session"),
        "session_hash": _hashed(how.get("session_key", "")),
        "ui": dict(how.get("ui") or {}),
        "scope": dict(how.get("scope") or {}),
        "nonce": how.get("nonce") or secrets.token_hex(16),
    }


def _erasable(how: How, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an erasure removes: where the person was, and what they answered."""
    details: dict[str, Any] = dict(how.get("surroundings") or {})
    return details | {"answers": answers} if answers else details


def withdraw(
    person: "Person", acceptance: Acceptance, *, auth_method: str = "session"
) -> Acceptance:
    """End an acceptance by a new row; it holds from the next request on."""
    with transaction.atomic():
        row = Acceptance.objects.standing().filter(person=person, pk=acceptance.pk).first()
        if row is None:
            raise NothingToWithdraw
        return _write(
            Acceptance(
                deed=Deed.WITHDRAWN,
                person=person,
                version_id=row.version_id,
                language=row.language,
                text_sha256=row.text_sha256,
                purpose=row.purpose,
                withdraws=row,
                act='button:"Withdraw"',
                auth_method=auth_method,
                nonce=f"withdraw:{row.pk.hex}",
            ),
            {},
        )


def _still_open(version: DocumentVersion, language: str, text_sha256: str) -> None:
    """Lock the version's row (PostgreSQL; SQLite has one writer) and check that it is in force."""
    row = DocumentVersion.objects.select_for_update().get(pk=version.pk)
    if row.state != State.CURRENT:
        raise StaleText
    if not row.texts.filter(language=language, sha256=text_sha256).exists():
        raise StaleText


def _standing(person: "Person", version: DocumentVersion, purpose: str) -> Acceptance | None:
    rows = Acceptance.objects.standing().filter(person=person, version=version, purpose=purpose)
    return rows.first()


def _write(row: Acceptance, details: dict[str, Any]) -> Acceptance:
    """Write the row, its leaf and its erasable details. The leaf names nobody, only commits."""
    row.id = uuid7()
    row.person.__dict__.pop(_KEPT, None)
    row.person_opaque = row.person.opaque
    row.salt = secrets.token_hex(32)
    row.created_at = db_now()
    detail = AcceptanceDetail(acceptance=row, salt=secrets.token_hex(32), details=details)
    if details:
        row.detail_commitment = commitment(detail.salt, details)
    row.event = events.record(
        f"portal:agreement:{row.deed}",
        subject=f"document:{row.version.document.slug}",
        body={
            "document": row.version.document.slug,
            "version": row.version.number,
            "language": row.language,
            "text_sha256": row.text_sha256,
            "record_commitment": commitment(row.salt, row.record()),
        },
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise NonceSpent from error
    if details:
        detail.save(force_insert=True)
    return row


def _hashed(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest() if session_key else ""


def commitment(salt: str, value: object) -> str:
    """Return sha256 over the salt's hex text and the canonical JSON of `value`, as hex."""
    return hashlib.sha256(salt.encode() + events.canonical(value)).hexdigest()
