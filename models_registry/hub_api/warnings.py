"""`X-HF-Warning: topic; message`: what clients from 1.0 on print once a topic in the terminal.

Said in English, since a header has no Chinese. Several become one, as an answer has one such line.
"""

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.errors import header_text
from portal import agreements
from portal.sentences import filled

if TYPE_CHECKING:
    from portal.agreements.models import DocumentVersion


def warn(request: HubRequest, topic: str, sentence: object) -> None:
    """Print a (lazy) sentence in the person's terminal."""
    with override("en"):
        request.warnings.append((topic, str(sentence)))


def header(request: HubRequest) -> str:
    """Return the header's value, or "" where there is nothing to say."""
    said = getattr(request, "warnings", [])  # a request that was refused first has none
    if not said:
        return ""
    topics, sentences = zip(*said, strict=True)
    return header_text(f"{'+'.join(topics)}; {' '.join(sentences)}")


def warn_of_agreements(request: HubRequest) -> None:
    """Say which terms or norms wait for this person, before they stop a deed."""
    if request.person is None:
        return
    for version in agreements.site_documents_missing(request.person):
        warn(request, version.document.slug, _sentence(version))


def _sentence(version: "DocumentVersion") -> object:
    said = {
        "title": version.text_in("en").title,
        "number": version.number,
        "url": settings.PUBLIC_URL + version.accept_url,
        "date": version.grace_until.date().isoformat() if version.grace_until else "",
    }
    if getattr(version, "waits", False):
        return filled(
            _(
                "%(title)s, version %(number)s: read and accept it at %(url)s by %(date)s; after "
                "that you cannot publish without."
            ),
            said,
        )
    return filled(
        _(
            "%(title)s, version %(number)s, waits for you: you cannot publish until you read and "
            "accept it at %(url)s"
        ),
        said,
    )
