"""What search knows of repos: one entry each, written with the deed that changes it."""

from collections.abc import Iterator
from functools import partial

from django.utils.translation import gettext_lazy as _

from models_registry.cards import CARD, Facets, describe
from models_registry.models import Repo
from portal import search

CARD_AT_MOST = 512 * 1024


def index_repo(repo: Repo, facets: Facets | None = None) -> None:
    """Write the entry of a repo. Private repos are found by those who may see them only."""
    search.index_entry(entry_of(repo, facets))


def forget_repo(repo: Repo) -> None:
    search.remove(repo.kind, repo.pk)


def entry_of(repo: Repo, facets: Facets | None = None) -> search.Entry:
    words = [repo.name.replace("-", " ").replace("_", " "), repo.pipeline_tag, repo.card_licence]
    tags = facets.tags if facets else [row.tag for row in repo.tags.all()]
    text = facets.text if facets else _text(repo)
    return search.Entry(
        kind=repo.kind,
        id=str(repo.pk),
        title=repo.full_name,
        body=" ".join([*words, *tags, text]),
        url=repo.path,
        visible_to=readers_of(repo),
        excerpt=text or " · ".join(filter(None, words)),
    )


def _text(repo: Repo) -> str:
    """Return how the card begins, read from the newest revision."""
    from models_registry import revisions

    try:
        found = revisions.entry(revisions.resolve(repo), CARD)
    except (revisions.RevisionNotFound, revisions.EntryNotFound):
        return ""
    readable = found.is_file and not found.lfs and found.size <= CARD_AT_MOST
    return describe(revisions.read(found), found.oid).text if readable else ""


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
