"""Bringing a licence version into force: its text, its terms and who speaks for it, in one deed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from portal.agreements import publishing
from portal.agreements.models import Kind
from portal.agreements.publishing import Text, TextChanged
from portal.licences import news
from portal.licences.models import Licence, LicenceVersion
from portal.licences.terms import Terms

if TYPE_CHECKING:
    from portal.agreements.models import DocumentVersion
    from portal.organisations.models import Organisation
    from portal.people.models import Person


@dataclass(frozen=True)
class Family:
    """A licence as it is first made known: see `Licence` for the fields."""

    slug: str
    name: str
    family: str = ""
    hub_id: str = ""
    source: str = ""


def publish(
    licence: Family,
    number: str,
    texts: Mapping[str, Text],
    terms: Mapping[str, Any],
    *,
    licensor: "Organisation | None",
    prevailing: str = "",
    summary: Mapping[str, str] | None = None,
    by: "Person | None" = None,
) -> LicenceVersion:
    """Publish one version of a licence; the same version with the same text is returned.

    `licensor`: None marks a text that an operator imported on its author's behalf.
    Raises `BadTerms`, and `TextChanged` where text or terms differ from what was published.
    """
    Terms.parse(terms)
    with transaction.atomic():
        version = publishing.publish(
            licence.slug,
            Kind.LICENCE,
            number,
            texts,
            prevailing=prevailing,
            summary=summary,
            by=by,
        )
        row = _known(licence, version, licensor)
        kept, new = LicenceVersion.objects.get_or_create(
            document_version=version, defaults={"licence": row, "terms": dict(terms)}
        )
        if kept.terms != terms:
            raise TextChanged
        if new and version.ordinal > 1:
            news.announce(kept)
        return kept


def _known(licence: Family, version: "DocumentVersion", licensor: "Organisation | None") -> Licence:
    row, _new = Licence.objects.get_or_create(
        slug=licence.slug,
        defaults={
            "name": licence.name,
            "family": licence.family or licence.slug,
            "hub_id": licence.hub_id or licence.slug,
            "source": licence.source,
            "document": version.document,
            "licensor": licensor,
            "imported": licensor is None,
        },
    )
    return row
