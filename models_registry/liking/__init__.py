"""Liking a repo: said once, taken back at any time, and counted with the repo."""

from django.db import transaction
from django.db.models import F, QuerySet

from models_registry.models import Like, Repo
from portal import events
from portal.access import Actor
from portal.clock import db_now
from portal.people.models import Person


@transaction.atomic
def like(repo: Repo, person: Person) -> None:
    """Safe to repeat: a repo is liked once by each."""
    _row, new = Like.objects.get_or_create(repo=repo, person=person, defaults={"since": db_now()})
    if new:
        _count(repo, 1)
        _record("liked", repo, person)


@transaction.atomic
def unlike(repo: Repo, person: Person) -> None:
    gone, _by_model = Like.objects.filter(repo=repo, person=person).delete()
    if gone:
        _count(repo, -1)
        _record("unliked", repo, person)


def is_liking(repo: Repo, person: Person | None) -> bool:
    if person is None:
        return False
    if repo.known_like is not None and repo.known_like[0] == person.pk:
        return bool(repo.known_like[1])
    return Like.objects.filter(repo=repo, person=person).exists()


@transaction.atomic
def forget(person: Person) -> None:
    """Take back all that somebody likes, as their account ends; the log keeps its leaves."""
    for row in Like.objects.filter(person=person).select_related("repo").order_by("repo"):
        if row.delete()[0]:
            _count(row.repo, -1)


def liked_by(person: Person, actor: Actor) -> QuerySet[Like]:
    """Return what `person` likes among the repos that `actor` may see, the newest first."""
    seen = Repo.objects.visible_to(actor)
    rows = Like.objects.filter(person=person, repo__in=seen)
    return rows.select_related("repo__namespace").order_by("-pk")


def likers(repo: Repo) -> QuerySet[Like]:
    """Return who likes a repo that was loaded for whoever asks, the newest first."""
    return Like.objects.filter(repo=repo).select_related("person").order_by("-pk")


def _count(repo: Repo, by: int) -> None:
    Repo.objects.filter(pk=repo.pk).update(likes=F("likes") + by)


def _record(deed: str, repo: Repo, person: Person) -> None:
    events.record(f"registry:repo:{deed}", actor=person, subject=f"repo:{repo.pk}")
