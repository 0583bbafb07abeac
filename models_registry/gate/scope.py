"""What an acceptance is for, as the record of it says: the repo, and what that one stands on."""

from typing import Any

from models_registry import repos
from models_registry.gate.requirements import chain_of
from models_registry.models import Repo
from models_registry.models.repos import Kind
from portal.access import Actor
from portal.agreements import scopes
from portal.errors import Missing


@scopes.provide
def scope(actor: Actor, name: str) -> dict[str, Any]:
    """Return the scope of an acceptance asked for by the repo `name`; {} if it may not be seen."""
    actor = Actor(actor.person)  # the token accepts agreements, it need not read repos
    for kind in (Kind.MODEL, Kind.DATASET):
        try:
            repo = repos.find(actor, name, kind)
        except Missing:
            continue
        above = Repo.objects.visible_to(actor).filter(pk__in=chain_of(repo.pk)).exclude(pk=repo.pk)
        link = repo.base_links.first()
        return {
            "repo": repo.full_name,
            "base_chain": [base.full_name for base in above.select_related("namespace")],
            "relation": link.relation if link else "",
        }
    return {}
