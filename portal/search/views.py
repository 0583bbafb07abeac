"""The search page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access import Actor
from portal.search.finding import find
from portal.search.indexing import KINDS

LONGEST = 200


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")[:LONGEST].strip()
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    page = _page(request.GET.get("page", "1"))
    found = find(Actor.of(request), text, kind=kind, page=page)
    context = {
        "text": text,
        "kind": kind,
        "kinds": [{"name": name, "title": of.title} for name, of in sorted(KINDS.items())],
        "results": [{"entry": entry, "kind": KINDS.get(entry.kind)} for entry in found.entries],
        "older": page + 1 if found.more else None,
        "newer": page - 1 if page > 1 else None,
    }
    return render(request, "search/search.html", context)


def _page(text: str) -> int:
    return min(int(text), 25) if text.isascii() and text.isdigit() and int(text) else 1
