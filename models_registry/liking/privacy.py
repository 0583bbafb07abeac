"""What somebody likes goes into their archive, and goes with the account."""

from typing import Any

from models_registry import liking
from models_registry.models import Like
from portal import privacy
from portal.people.models import Person


def export(person: Person) -> dict[str, Any]:
    rows = Like.objects.filter(person=person).select_related("repo__namespace").order_by("pk")
    return {
        "repos": [
            {"name": row.repo.full_name, "kind": row.repo.kind, "since": row.since.isoformat()}
            for row in rows
        ]
    }


privacy.contribute("likes", export=export, erase=liking.forget)
