"""Which repo stands on which: the card's `base_model`, joined to repos of this site."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef

from models_registry.cards import Facets
from models_registry.models import BaseLink, Repo, RepoTag
from models_registry.models.repos import Kind, Relation, Visibility
from portal import licences
from portal.access import Actor

SHOWN = 20


def describe_repo(repo: Repo, facets: Facets) -> None:
    """Write what the card says about `repo` for lists, filters and lineage; in one transaction."""
    repo.card, repo.card_oid = facets.card, facets.oid
    repo.card_licence, repo.library_name = facets.licence, facets.library
    repo.pipeline_tag = facets.task
    fields = ["card", "card_oid", "card_licence", "library_name", "pipeline_tag"]
    if repo.licence_id is None and facets.licence:
        # A card can put a licence before the files; only the settings can take one away again.
        repo.licence = licences.for_id(facets.licence)
        fields.append("licence")
    repo.save(update_fields=fields)
    RepoTag.objects.filter(repo=repo).delete()
    RepoTag.objects.bulk_create(RepoTag(repo=repo, tag=tag) for tag in facets.tags)
    link_bases(repo, facets)


def link_bases(repo: Repo, facets: Facets) -> None:
    """Point the repo at the bases that its card names; names of other sites stay names."""
    keys = [name.lower() for name in facets.bases]
    ours = {base.key: base for base in Repo.objects.filter(kind=Kind.MODEL, key__in=keys)}
    kept = BaseLink.objects.filter(repo=repo, relation=Relation.COPY)
    BaseLink.objects.filter(repo=repo).exclude(relation=Relation.COPY).delete()
    there = set(kept.values_list("named", flat=True))
    BaseLink.objects.bulk_create(
        BaseLink(repo=repo, base=ours.get(name.lower()), named=name, relation=facets.relation)
        for name in facets.bases
        if repo.kind == Kind.MODEL and name.lower() != repo.key and name not in there
    )


def copied(repo: Repo, source: Repo) -> None:
    """Note what a copy was copied from, and what that stands on: gates follow these links."""
    named = source.full_name if source.visibility == Visibility.PUBLIC else ""
    BaseLink.objects.create(repo=repo, base=source, named=named, relation=Relation.COPY)
    links = BaseLink.objects.filter(repo=source).exclude(relation=Relation.COPY)
    BaseLink.objects.bulk_create(
        BaseLink(repo=repo, base_id=link.base_id, named=link.named, relation=link.relation)
        for link in links.exclude(named=named)
        if link.named.lower() != repo.key
    )


def bases_of(repo: Repo, actor: Actor) -> Sequence[BaseLink]:
    """Return what the card says that the repo stands on, as `actor` may know it.

    A base that the actor may not see stays the bare name that the card gives it, like a repo of
    another site: that it became a link would tell that it is there, and what it is called now.
    What has no name and may not be seen is left out.
    """
    visible = Repo.objects.visible_to(actor).filter(pk=OuterRef("base"))
    links = BaseLink.objects.filter(repo=repo).select_related("base__namespace")
    found = list(links.annotate(is_seen=Exists(visible)).order_by("pk")[:SHOWN])
    for link in found:
        if not link.is_seen:
            link.base = None
    return [link for link in found if link.base or link.named]


def adopt(repo: Repo) -> None:
    """Join cards that named this repo before it was here."""
    if repo.kind == Kind.MODEL:
        BaseLink.objects.filter(base=None, named__iexact=repo.full_name).update(base=repo)
