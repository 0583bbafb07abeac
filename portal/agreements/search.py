"""Terms, norms and licences as findable things."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal import search
from portal.agreements.models import DocumentVersion, Kind, State
from portal.search import Entry


def entry_of(version: DocumentVersion) -> Entry:
    """Return the entry of a document: the version in force, found in all its languages."""
    texts = sorted(version.texts.all(), key=lambda text: text.language)
    return Entry(
        kind="licence" if version.document.kind == Kind.LICENCE else "document",
        id=version.document.slug,
        title=" · ".join(text.title for text in texts),
        body="\n".join(text.text.replace("*", "") for text in texts),
        url=version.get_absolute_url(),
    )


def _in_force() -> "QuerySet[DocumentVersion]":
    rows = DocumentVersion.objects.filter(state=State.CURRENT)
    return rows.select_related("document").prefetch_related("texts")


def licences() -> Iterator[Entry]:
    return map(entry_of, _in_force().filter(document__kind=Kind.LICENCE).iterator(100))


def documents() -> Iterator[Entry]:
    return map(entry_of, _in_force().exclude(document__kind=Kind.LICENCE).iterator(100))


search.contribute("licence", _("Licences"), licences, icon="scale")
search.contribute("document", _("Terms and norms"), documents, icon="scroll-text")
