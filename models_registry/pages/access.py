"""Access to gated repos: the owner's page of requests, and the page of one's own."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from models_registry.gate import requests
from models_registry.models import AccessRequest, RequestState
from models_registry.pages.loading import address, frame, load
from portal.access import Actor
from portal.errors import Missing, Refused
from portal.people.models import Person
from portal.people.views import signed_in

PAGE = 30
STATES = (
    (RequestState.PENDING, gettext_lazy("Waiting")),
    (RequestState.ACCEPTED, gettext_lazy("Have access")),
    (RequestState.REJECTED, gettext_lazy("Rejected")),
)


class Grant(forms.Form):
    handle = forms.CharField(
        label=gettext_lazy("Handle"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_handle(self) -> Person:
        given = self.cleaned_data["handle"].strip()
        person = Person.objects.filter(username__iexact=given, is_active=True).first()
        if person is None:
            raise forms.ValidationError(_("There is nobody of this name."))
        return person


@login_required
@require_http_methods(["GET", "POST"])
def requests_page(request: HttpRequest, kind: str, ns: str, name: str) -> HttpResponse:
    """Show who asks and who has access; POST gives access to somebody who did not ask."""
    repo = load(request, kind, ns, name, "settings")
    form = Grant(request.POST or None)
    if form.is_valid():
        try:
            requests.grant(repo, form.cleaned_data["handle"], by=request.user)
        except Refused as refused:
            form.add_error("handle", str(refused))
        else:
            messages.success(request, _("Access is given."))
            return redirect(address(repo, "requests", state=RequestState.ACCEPTED))
    here = address(repo, "requests")
    state = request.GET.get("state", "")
    state = state if state in dict(STATES) else RequestState.PENDING
    context = {
        **frame(repo, Actor.of(request), "requests"),
        "address": repo.path,
        "state": state,
        "states": [
            {"label": label, "url": f"{here}?state={value}", "current": value == state}
            for value, label in STATES
        ],
        "page": Paginator(requests.listed(repo, state), PAGE).get_page(request.GET.get("page")),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "models_registry/requests.html", context, status=status)


@login_required
@require_POST
def decide_request(request: HttpRequest, kind: str, ns: str, name: str, uuid: UUID) -> HttpResponse:
    repo = load(request, kind, ns, name, "settings")
    asked = AccessRequest.objects.filter(repo=repo, uuid=uuid).select_related("person").first()
    if asked is None:
        raise Missing()
    was, decision = asked.state, request.POST.get("decision")
    reason = request.POST.get("reason", "").strip()
    who = {"person": asked.person.username}
    if decision == "accept":
        requests.accept(asked, by=request.user)
        messages.success(request, _("%(person)s has access now.") % who)
    elif decision == "reset":
        requests.reset(asked, by=request.user, reason=reason)
        messages.success(request, _("%(person)s may ask again at once.") % who)
    elif not reason:
        messages.error(request, _("Say why: the person reads your reason."))
    else:
        requests.reject(asked, by=request.user, reason=reason)
        messages.success(request, _("%(person)s has no access.") % who)
    return redirect(address(repo, "requests", state=was))


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Show what one asked for, everywhere."""
    rows = AccessRequest.objects.filter(person=signed_in(request))
    rows = rows.select_related("repo__namespace").order_by("-asked_at", "-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "models_registry/my_access.html", {"page": page})


@login_required
@require_POST
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    asked = AccessRequest.objects.filter(person=signed_in(request), uuid=uuid).first()
    if asked is None:
        raise Missing()
    requests.withdraw(asked, by=request.user)
    messages.success(request, _("Withdrawn. The files are closed to you from the next request on."))
    return redirect("settings_access")
