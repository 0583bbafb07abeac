"""Watching a repo: being told of its new revisions and licences."""

from models_registry.models import Repo, Watch
from portal.access import Actor, decide
from portal.clock import db_now
from portal.people.models import Person


def watch(repo: Repo, person: Person) -> None:
    Watch.objects.get_or_create(repo=repo, person=person, defaults={"since": db_now()})


def unwatch(repo: Repo, person: Person) -> None:
    Watch.objects.filter(repo=repo, person=person).delete()


def is_watching(repo: Repo, person: Person | None) -> bool:
    if person is None:
        return False
    if repo.known_watch is not None and repo.known_watch[0] == person.pk:
        return bool(repo.known_watch[1])
    return Watch.objects.filter(repo=repo, person=person).exists()


def watchers(repo: Repo, *, without: Person | None = None) -> list[Person]:
    """Return who watches and may still see the repo; `without`: who did what they are told of."""
    rows = Watch.objects.filter(repo=repo).select_related("person").order_by("pk")
    people = [row.person for row in rows if row.person != without]
    return [person for person in people if decide(Actor(person), "see", repo)]
