"""Publishing a version, and ending one: the only functions that write documents."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from portal import events, search
from portal.agreements.models import (
    Document,
    DocumentText,
    DocumentVersion,
    Kind,
    Languages,
    State,
    digest,
)
from portal.clock import db_now
from portal.errors import Conflict, Invalid

if TYPE_CHECKING:
    from portal.people.models import Person


@dataclass(frozen=True)
class Text:
    """One language of a version: its title and its exact text."""

    title: str
    text: str
    is_markdown: bool = True


class TextChanged(Conflict):
    """Somebody tried to give a published version another text."""

    code = "TextChanged"
    default = _("The text of a published version never changes. Publish a new version instead.")


def publish(
    slug: str,
    kind: Kind,
    number: str,
    texts: Mapping[str, Text],
    *,
    prevailing: str = "",
    summary: Mapping[str, str] | None = None,
    by: "Person | None" = None,
    grace_until: dt.datetime | None = None,
) -> DocumentVersion:
    """Make version `number` the one in force; the same version with the same texts is returned.

    `texts`: by language (`en`, `zh`). `prevailing`: which language rules, empty where the document
    does not say. `summary`: by language, what changed. `grace_until`: so long it does not stop
    whoever accepted an earlier version. Raises `TextChanged`, `Invalid`.
    """
    _check(texts, prevailing)
    with transaction.atomic():
        document, _new = Document.objects.get_or_create(slug=slug, defaults={"kind": kind})
        document = Document.objects.select_for_update().get(pk=document.pk)
        existing = document.versions.filter(number=number).first()
        if existing is not None:
            return _unchanged(existing, texts)
        return _add(document, number, texts, prevailing, summary or {}, by, grace_until)


def end(version: DocumentVersion, state: State, *, by: "Person | None" = None) -> None:
    """Withdraw or supersede the version in force. Idempotent."""
    with transaction.atomic():
        now = db_now()
        changed = DocumentVersion.objects.filter(pk=version.pk).exclude(state=state)
        if not changed.update(state=state, ended_at=now):
            return
        _record(f"portal:document:{state}", version, by)
        search.remove(_search_kind(version), version.document.slug)
    version.state, version.ended_at = state, now


def _check(texts: Mapping[str, Text], prevailing: str) -> None:
    if not texts or set(texts) - set(Languages.values):
        raise Invalid(_("A document needs a text in English, in Chinese, or in both."))
    if any(not text.text.strip() or not text.title.strip() for text in texts.values()):
        raise Invalid(_("A document's title and text must not be empty."))
    if prevailing and prevailing not in texts:
        raise Invalid(_("The language that prevails must be one that the document has."))


def _unchanged(version: DocumentVersion, texts: Mapping[str, Text]) -> DocumentVersion:
    kept = dict(version.texts.values_list("language", "sha256"))
    if kept != {language: digest(text.text) for language, text in texts.items()}:
        raise TextChanged
    return version


def _add(
    document: Document,
    number: str,
    texts: Mapping[str, Text],
    prevailing: str,
    summary: Mapping[str, str],
    by: "Person | None",
    grace_until: dt.datetime | None,
) -> DocumentVersion:
    for previous in document.versions.filter(state=State.CURRENT):
        end(previous, State.SUPERSEDED, by=by)
    last = document.versions.aggregate(last=Max("ordinal"))["last"] or 0
    version = DocumentVersion.objects.create(
        document=document,
        number=number,
        ordinal=last + 1,
        prevailing=prevailing,
        summary=dict(summary),
        published_at=db_now(),
        grace_until=grace_until,
    )
    for language, text in sorted(texts.items()):
        DocumentText.objects.create(
            version=version,
            language=language,
            title=text.title,
            text=text.text,
            is_markdown=text.is_markdown,
            sha256=digest(text.text),
        )
    _record("portal:document:published", version, by)
    _let_find(version)
    return version


def _let_find(version: DocumentVersion) -> None:
    from portal.agreements.search import entry_of

    found = entry_of(version)
    search.index(found.kind, found.id, found.title, found.body, found.url)


def _search_kind(version: DocumentVersion) -> str:
    return "licence" if version.document.kind == Kind.LICENCE else "document"


def _record(kind: str, version: DocumentVersion, by: "Person | None") -> None:
    texts = dict(version.texts.values_list("language", "sha256"))
    events.record(
        kind,
        actor=by,
        subject=f"document:{version.document.slug}",
        body={
            "document": version.document.slug,
            "version": version.number,
            "texts": texts,
            "prevailing": version.prevailing,
        },
    )
