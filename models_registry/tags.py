"""The tags that public repos carry, sorted by what they say: for those who choose filters."""

from collections import defaultdict

from django.db.models import Count

from models_registry.models import Repo, RepoTag
from models_registry.models.repos import Visibility

MOST = 5000
PREFIXES = ("license", "language", "dataset", "base_model")
OTHER = "other"


def by_type(kind: str) -> dict[str, list[str]]:
    """Return the tags by type, in each the most used first. Private repos add nothing."""
    public = {"repo__kind": kind, "repo__visibility": Visibility.PUBLIC}
    rows = RepoTag.objects.filter(**public).values("tag").annotate(n=Count("pk"))
    libraries, tasks = _named(kind, "library_name"), _named(kind, "pipeline_tag")
    found: dict[str, list[str]] = defaultdict(list)
    for tag in rows.order_by("-n", "tag").values_list("tag", flat=True)[:MOST]:
        found[_type_of(tag, libraries, tasks)].append(tag)
    return dict(found)


def label_of(tag: str) -> str:
    """Return what a tag says without the word for its type."""
    prefix, _colon, rest = tag.partition(":")
    return rest if prefix in PREFIXES and rest else tag


def _named(kind: str, column: str) -> set[str]:
    rows = Repo.objects.filter(kind=kind, visibility=Visibility.PUBLIC).exclude(**{column: ""})
    return set(rows.order_by().values_list(column, flat=True).distinct()[:MOST])


def _type_of(tag: str, libraries: set[str], tasks: set[str]) -> str:
    prefix, colon, _rest = tag.partition(":")
    if colon and prefix in PREFIXES:
        return prefix
    if tag in tasks:
        return "pipeline_tag"
    return "library" if tag in libraries else OTHER
