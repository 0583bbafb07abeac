"""What the first page shows of the registry."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from models_registry.models import Repo
from models_registry.models.repos import Kind
from portal.access import Actor
from portal.panels import Contexts, panel

SHOWN = 6
OWNED = 60


@panel("home.main", 10, template="models_registry/panel_latest.html")
def latest(objects: Sequence[Any], actor: Actor) -> Contexts:
    """Return the models and data sets that changed last, of those the actor may see."""
    visible = Repo.objects.visible_to(actor).exclude(head_oid="")
    repos = list(visible.select_related("namespace").order_by("-updated_at", "-id")[: SHOWN * 2])
    models = [repo for repo in repos if repo.kind == Kind.MODEL]
    datasets = [repo for repo in repos if repo.kind == Kind.DATASET]
    return {None: {"models": models[:SHOWN], "datasets": datasets[:3]}}


@panel("person.main", 10, template="models_registry/panel_owned.html")
def of_people(objects: Sequence[Any], actor: Actor) -> Contexts:
    return _owned(objects, actor, "person")


@panel("organisation.main", 10, template="models_registry/panel_owned.html")
def of_organisations(objects: Sequence[Any], actor: Actor) -> Contexts:
    return _owned(objects, actor, "organisation")


def _owned(owners: Sequence[Any], actor: Actor, field: str) -> Contexts:
    """Return each owner's repos that the actor may see, the latest first, in one query."""
    repos = (
        Repo.objects.visible_to(actor)
        .filter(**{f"namespace__{field}__in": [owner.pk for owner in owners]})
        .select_related("namespace")
        .order_by("-updated_at", "-id")[: OWNED * len(owners)]
    )
    found: dict[Any, list[Repo]] = {owner.pk: [] for owner in owners}
    for repo in repos:
        found[getattr(repo.namespace, f"{field}_id")].append(repo)
    return {pk: {"repos": of_owner} for pk, of_owner in found.items()}


@panel("help", 20, template="models_registry/panel_help.html")
def help_with_files(objects: Sequence[Any], actor: Actor) -> Contexts:
    commands = (
        f"export HF_ENDPOINT={settings.PUBLIC_URL}",
        "hf auth login",
        "hf download owner/model",
        "hf upload me/my-model ./my-model",
    )
    return {None: {"commands": "\n".join(commands)}}
