"""What happened to a repo, the newest first: a page, and a feed of revisions and licences."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from models_registry.models import Com, Repo
from models_registry.pages.loading import address, frame, load
from portal.access import Actor, decide
from portal.events.models import Event
from portal.licences.models import LicenceVersion

PAGE = 40
COMMIT, SETTLED = "registry:revision:committed", "registry:repo:settled"
PUBLISHED = "portal:document:published"
# kind of event -> (sentence, icon, kind of dot); what is not here is the owner's business
PUBLIC = {
    COMMIT: (gettext_lazy("New revision"), "git-commit-horizontal", "accent"),
    SETTLED: (gettext_lazy("The settings changed"), "settings", ""),
    PUBLISHED: (gettext_lazy("New version of the licence"), "scale", "warn"),
    "registry:repo:created": (gettext_lazy("The repo was made"), "sparkles", "good"),
    "registry:repo:moved": (gettext_lazy("The repo got another name"), "arrow-right-left", ""),
}
INSIDE = {
    "registry:access_request:asked": (gettext_lazy("Somebody asked for access"), "key-round", ""),
    "registry:access_request:accepted": (gettext_lazy("Access was given"), "check", "good"),
    "registry:access_request:granted": (gettext_lazy("Access was given"), "check", "good"),
    "registry:access_request:rejected": (gettext_lazy("Access was refused"), "ban", "warn"),
}


@require_safe
def page(request: HttpRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind, ns, name)
    actor = Actor.of(request)
    shown = PUBLIC | (INSIDE if decide(actor, "settings", repo) else {})
    found = _events(repo, shown, _number(request.GET.get("after", "")))
    context = {
        **frame(repo, actor, "activity"),
        "items": _items(repo, found[:PAGE], shown),
        "older": str(found[PAGE - 1].pk) if len(found) > PAGE else "",
        "feed_url": address(repo, "activity.atom"),
    }
    return render(request, "models_registry/activity.html", context)


@require_safe
def feed(request: HttpRequest, kind: str, ns: str, name: str) -> HttpResponse:
    """Answer with new revisions and licences as Atom, for readers that poll."""
    repo = load(request, kind, ns, name)
    shown = {kind: PUBLIC[kind] for kind in (COMMIT, SETTLED, PUBLISHED)}
    events = [event for event in _events(repo, shown, None) if _is_news(event)]
    here = settings.PUBLIC_URL + address(repo, "activity.atom")
    made = Atom1Feed(
        title=_("%(repo)s: revisions and licences") % {"repo": repo.full_name},
        link=settings.PUBLIC_URL + repo.path,
        description="",
        feed_url=here,
        feed_guid=here,
    )
    for event, item in zip(events, _items(repo, events, shown), strict=True):
        made.add_item(
            title=item["title"],
            link=settings.PUBLIC_URL + item["href"],
            description=item["text"],
            author_name=item["who"],
            pubdate=event.at,
            updateddate=event.at,
            unique_id=f"urn:uuid:{event.uuid}",
        )
    answer = HttpResponse(content_type="application/atom+xml; charset=utf-8")
    answer["Cache-Control"] = "private, max-age=300"
    made.write(answer, "utf-8")
    return answer


def _events(repo: Repo, shown: Iterable[str], after: int | None) -> list[Event]:
    """Return the newest events of a repo, and of its licence's versions since the repo was made."""
    about = [f"repo:{repo.pk}"]
    if repo.licence is not None:
        about.append(f"document:{repo.licence.licence.slug}")
    since = repo.created_at
    events = Event.objects.filter(subject__in=about, kind__in=list(shown), at__gte=since)
    if after is not None:
        events = events.filter(pk__lt=after)
    return list(events.select_related("actor", "detail").order_by("-pk")[: PAGE + 1])


def _is_news(event: Event) -> bool:
    return event.kind != SETTLED or "licence" in event.body


def _items(
    repo: Repo, events: list[Event], shown: dict[str, tuple[Any, str, str]]
) -> list[dict[str, Any]]:
    """Return the timeline's items; commits under their titles, licences under their names."""
    oids = [event.body["commit"] for event in events if event.kind == COMMIT]
    titles = dict(Com.objects.filter(repo=repo, oid__in=oids).values_list("oid", "title"))
    licences = _licences(events)
    return [_item(repo, event, shown[event.kind], titles, licences) for event in events]


def _licences(events: list[Event]) -> dict[str, str]:
    """Return the names of the licence versions that these events are about, by their text."""
    if not any("licence" in event.body for event in events):
        return {}
    versions = LicenceVersion.objects.select_related("licence", "document_version__document")
    return {str(version): version.licence.name for version in versions}


def _item(
    repo: Repo,
    event: Event,
    looks: tuple[Any, str, str],
    titles: dict[str, str],
    licences: dict[str, str],
) -> dict[str, Any]:
    title, icon, dot = looks
    item = {
        "title": str(title),
        "icon": icon,
        "kind": dot,
        "who": event.actor.username if event.actor else "",
        "when": event.at,
        "href": event.get_absolute_url(),
        "text": "",
    }
    if event.kind == COMMIT:
        oid = event.body["commit"]
        item |= {"href": address(repo, "commit", oid), "text": oid[:10]}
        item["title"] = titles.get(oid) or item["title"]
    elif event.kind == PUBLISHED:
        slug, number = event.body["document"], event.body["version"]
        item |= {"href": reverse("licence", args=[slug, number]), "text": f"{slug} {number}"}
    elif event.kind == SETTLED:
        item["text"] = _settled(event.body, licences)
        if "licence" in event.body:
            item |= {"title": _("Another licence"), "icon": "scale", "kind": "warn"}
    return item


def _settled(body: dict[str, Any], licences: dict[str, str]) -> str:
    """Say what settings an event changed, and to what."""
    names = {
        "visibility": _("visibility: %(value)s"),
        "gated": _("access: %(value)s"),
        "licence": _("licence: %(value)s"),
    }
    words = {"": _("open"), "public": _("public"), "private": _("private")}
    words |= {"auto": _("after agreeing"), "manual": _("after approval"), **licences}
    said = [
        names[name] % {"value": words.get(value, value)}
        for name, value in body.items()
        if name in names
    ]
    return " · ".join(said)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
