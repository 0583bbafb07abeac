"""What somebody watches is theirs: it goes into the archive, and goes with the account."""

from typing import Any

from models_registry.models import Watch
from portal import privacy
from portal.people.models import Person


def export(person: Person) -> dict[str, Any]:
    rows = Watch.objects.filter(person=person).select_related("repo__namespace").order_by("pk")
    return {"repos": [{"name": row.repo.full_name, "since": row.since.isoformat()} for row in rows]}


def erase(person: Person) -> None:
    Watch.objects.filter(person=person).delete()


privacy.contribute("watching", export=export, erase=erase)
