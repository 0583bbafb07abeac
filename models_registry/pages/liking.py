"""Liking a repo, with one button."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from models_registry import liking
from models_registry.pages.loading import back, load


@login_required
@require_POST
def like(request: HttpRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind, ns, name, "like")
    deed = liking.unlike if request.POST.get("deed") == "stop" else liking.like
    deed(repo, request.user)
    return back(request, repo)
