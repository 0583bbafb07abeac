"""What a new revision says of its repo: the card's front matter, and how many parameters."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models_registry.cards import CARD, Facets, describe
from models_registry.formats.git_objects import Tree
from models_registry.formats.tree_edit import Change
from models_registry.models import Repo
from models_registry.revisions import objects
from models_registry.revisions.reading import blob, read
from models_registry.revisions.rows import Prepared
from models_registry.revisions.weights import SUFFIX, parameters
from portal.licences.policies import require_allowed


def facets_of(
    repo: Repo, brought: Mapping[str, Prepared], differences: Sequence[Change]
) -> Facets | None:
    """Return what the new model card says; None where the commit leaves the card alone.

    Refuses a card that puts the repo under a licence that is not allowed; one that it has already
    it may keep.
    """
    card = next((c for c in differences if c.path == CARD and not c.folder), None)
    if card is None:
        return None
    facets = _facets(repo, brought, card)
    if facets.licence != repo.card_licence:
        require_allowed(facets.licence)
    return facets


def _facets(repo: Repo, brought: Mapping[str, Prepared], card: Change) -> Facets:
    if card.oid is None:
        return Facets()
    new = brought.get(card.oid)
    if new is not None:
        return Facets(oid=card.oid) if new.lfs else describe(new.content, card.oid)
    known = blob(repo, card.oid, CARD)
    return Facets(oid=card.oid) if known.lfs else describe(read(known), card.oid)


def weights_of(
    repo: Repo, root: Tree, brought: Iterable[Prepared], differences: Sequence[Change]
) -> dict[str, Any] | None:
    """Return how many parameters the model has; None where the commit cannot have changed it."""
    if not any(c.path.endswith(SUFFIX) and "/" not in c.path for c in differences):
        return None
    return parameters(repo, root, {blob.oid: _known(blob) for blob in brought})


def _known(blob: Prepared) -> bytes | objects.Facts:
    if not blob.lfs:
        return blob.content
    return objects.Facts(blob.lfs_size or 0, blob.lfs, None, blob.lfs)
