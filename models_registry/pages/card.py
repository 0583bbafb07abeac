"""The first page of a repo: what it is, what it asks, how to use it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_registry import gate, lineage, revisions
from models_registry.cards import CARD, without_front_matter
from models_registry.models import BaseLink, Repo
from models_registry.pages import asking
from models_registry.pages.loading import address, frame, load, markup_base
from portal.access import Actor

CARD_AT_MOST = 512 * 1024


@require_safe
def page(request: HttpRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind, ns, name)
    actor = Actor.of(request)
    context = {
        **frame(repo, actor, "card"),
        "readme": _readme(repo),
        "markup_base": markup_base(repo, repo.default_branch, "README.md"),
        "upload_url": address(repo, "upload"),
        "edit_url": address(repo, "edit", "", "README.md"),
        "feed_url": "" if repo.is_private else address(repo, "activity.atom"),
        "access": gate_state(repo, actor),
        "bases": lineage.bases_of(repo, actor),
        "derived": derived(repo, actor),
        "parameters": repo.weights.get("total"),
    }
    return render(request, "models_registry/card.html", context)


def _readme(repo: Repo) -> str:
    """Return the card's text without its front matter; "" where there is none to show."""
    if not repo.card_oid:
        return ""
    card = revisions.blob(repo, repo.card_oid, CARD)
    if card.size > CARD_AT_MOST:
        return ""
    return without_front_matter(revisions.read(card).decode(errors="replace"))


def gate_state(repo: Repo, actor: Actor) -> dict[str, Any]:
    """Return what the repo and its bases ask for and how far this person has met it."""
    found = gate.requirements(repo, actor.person)
    open_ones = [row for row in found if row.licence_is_missing or row.approval_is_missing(actor)]
    first = open_ones[0] if open_ones else None
    return {
        "asked": found,
        "missing": open_ones,
        "first": first,
        "accept_url": first.accept_url if first else "",
        "form": asking.Ask(repo=repo) if repo.gated else None,
        "prompt": repo.card.get("extra_gated_prompt", "") if repo.gated else "",
    }


def derived(repo: Repo, actor: Actor) -> list[Repo]:
    links = BaseLink.objects.filter(base=repo).values("repo")
    visible = Repo.objects.visible_to(actor).filter(pk__in=links)
    return list(visible.select_related("namespace").order_by("-updated_at")[:6])
