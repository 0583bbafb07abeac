"""The demo's repos: an open base model, a gated one of other bytes, and a Chinese data set."""

from typing import TYPE_CHECKING

from models_registry import repos
from models_registry.demo import base_models, reviews
from models_registry.models import Repo
from portal.licences.library import load_demo_licence, load_open_licences

if TYPE_CHECKING:
    from portal.demo.cast import Cast


def seed(cast: "Cast") -> None:
    """Publish what is missing of the demo's repos; safe to run again, touches no network."""
    load_open_licences()
    licence = load_demo_licence(cast.licensor)
    if base_models.weights().exists():
        base_models.publish_open(cast)
        base_models.publish_gated(cast, licence)
    if reviews.archive().exists():
        reviews.publish_reviews(cast)


def remove(cast: "Cast") -> None:
    """Take away every repo of the demo's people and organisations."""
    people = [person for _name, person in cast.people()]
    ours = Repo.objects.filter(namespace__person__in=people) | Repo.objects.filter(
        namespace__organisation__in=[cast.licensor, cast.circle]
    )
    for repo in ours.select_related("namespace"):
        repos.delete(repo, by=cast.admin)
