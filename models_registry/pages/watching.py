"""Watching a repo, with one button."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from models_registry import watching
from models_registry.models import Repo
from models_registry.pages.loading import back, load
from portal.access import Actor
from portal.people.views import signed_in

PAGE = 30


@login_required
@require_POST
def watch(request: HttpRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind, ns, name)
    if request.POST.get("deed") == "stop":
        watching.unwatch(repo, request.user)
        messages.success(request, _("You are not told of this repo any more."))
    else:
        watching.watch(repo, request.user)
        messages.success(request, _("You will be told of new revisions and licences."))
    return back(request, repo)


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Show what one watches; what went out of sight is left out."""
    visible = Repo.objects.visible_to(Actor.of(request)).filter(watches__person=signed_in(request))
    rows = visible.select_related("namespace").order_by("-updated_at", "-id")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "models_registry/my_watches.html", {"page": page})
