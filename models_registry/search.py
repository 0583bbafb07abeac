"""What search knows of repos: one entry each, written with the deed that changes it."""

from collections.abc import Iterator
from functools import partial

from django.utils.translation import gettext_lazy as _

from models_registry.cards import Facets
from models_registry.models import Repo
from portal import search


def index_repo(repo: Repo, facets: Facets | None = None) -> None:
    """Write the entry of a repo. Private repos are found by those who may see them only."""
    found = entry_of(repo, facets)
    search.index(found.kind, found.id, found.title, found.body, found.url, found.visible_to)


def forget_repo(repo: Repo) -> None:
    search.remove(repo.kind, repo.pk)


def entry_of(repo: Repo, facets: Facets | None = None) -> search.Entry:
    words = [repo.name.replace("-", " ").replace("_", " "), repo.pipeline_tag, repo.card_licence]
    tags = facets.tags if facets else [row.tag for row in repo.tags.all()]
    body = " ".join([*words, *tags])
    return search.Entry(repo.kind, str(repo.pk), repo.full_name, body, repo.path, readers_of(repo))


def readers_of(repo: Repo) -> str | list[str]:
    """Return who may find a repo: everybody, or its owner (every member of an organisation)."""
    if not repo.is_private:
        return search.PUBLIC
    owner = repo.namespace
    if owner.person_id is not None:
        return [f"person:{owner.person_id}"]
    return [f"organisation:{owner.organisation_id}"] if owner.organisation_id is not None else []


def entries(kind: str) -> Iterator[search.Entry]:
    """Return the entries of every model, or of every data set."""
    rows = Repo.objects.filter(kind=kind).select_related("namespace").prefetch_related("tags")
    return map(entry_of, rows.iterator(500))


search.contribute("model", _("Models"), partial(entries, "model"), icon="box")
search.contribute("dataset", _("Datasets"), partial(entries, "dataset"), icon="database")
