"""Documents for tests: those that ship with the house, and short ones made up on the spot."""

from typing import Any

from portal import agreements
from portal.agreements.library import load_site_documents
from portal.agreements.models import Acceptance, DocumentVersion, Kind
from portal.agreements.publishing import Text, publish
from portal.licences.library import load_demo_licence, load_open_licences
from portal.licences.models import LicenceVersion

COMMERCIAL = {
    "organisation": "Example GmbH",
    "country": "DE",
    "size": "1-10",
    "use": "Sorting mail.",
    "authority": "yes",
}


def site_documents() -> list[DocumentVersion]:
    return load_site_documents()


def open_licences() -> list[LicenceVersion]:
    return load_open_licences()


def demo_licence(licensor: Any) -> LicenceVersion:
    return load_demo_licence(licensor)


def version(number: str = "1", *, slug: str = "house-rules", **texts: str) -> DocumentVersion:
    """Publish a short norms document; `en="..."`, `zh="..."` are its texts."""
    said = texts or {"en": f"Be kind, {number}.", "zh": f"与人为善，{number}。"}
    made = {language: Text(f"Rules {number}", text) for language, text in said.items()}
    return publish(slug, Kind.NORMS, number, made)


def accepted(person: Any, version: DocumentVersion, **fields: Any) -> Acceptance:
    """Accept the English text as a person would, with defaults that hold."""
    text = version.texts.get(language=fields.pop("language", "en"))
    return agreements.accept(
        person, version, language=text.language, text_sha256=text.sha256, **fields
    )
