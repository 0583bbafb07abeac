"""What somebody agreed to: part of their archive. Of an erased person the proof stays."""

from typing import TYPE_CHECKING, Any

from portal.agreements.models import Acceptance, AcceptanceDetail
from portal.agreements.receipts import receipt
from portal.privacy import contribute
from portal.privacy.registry import FILES

if TYPE_CHECKING:
    from portal.people.models import Person


def export(person: "Person") -> dict[str, Any]:
    """Return the receipts with the details beside them, and each very text that was accepted."""
    rows = (
        Acceptance.objects.filter(person=person)
        .select_related("version__document", "event", "detail")
        .prefetch_related("version__texts")
    )
    said, texts = [], {}
    for row in rows:
        detail = getattr(row, "detail", None)
        said.append({"receipt": receipt(row), "details": detail.details if detail else None})
        for text in row.version.texts.all():
            if text.sha256 == row.text_sha256:
                name = f"{row.version.document.slug}-{row.version.number}.{text.language}.txt"
                texts[name] = text.text
    return {"acceptances": said, FILES: texts}


def erase(person: "Person") -> None:
    """Drop address prefixes, browser families and answers; the rows keep their commitments."""
    AcceptanceDetail.objects.filter(acceptance__person=person).delete()


contribute("agreements", export=export, erase=erase)
