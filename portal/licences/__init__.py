"""Licences: who speaks for them, their versions, and their terms as data."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.licences.models import LicenceVersion


def for_id(identifier: str) -> "LicenceVersion | None":
    """Return the version in force of the licence that a model card calls `identifier`, or None.

    `identifier`: the Hub's licence id (`apache-2.0`), or `slug@version` for one exact version.
    """
    from portal.licences.models import LicenceVersion

    slug, _at, number = identifier.strip().lower().partition("@")
    rows = LicenceVersion.objects.with_document()
    if number:
        return rows.filter(licence__slug=slug, document_version__number=number).first()
    return rows.current().filter(licence__hub_id=slug).first()
