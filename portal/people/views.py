"""One's own settings, and everybody's profile."""

from typing import Any

from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from portal.access import Actor, allowed, require
from portal.errors import Missing, Unauthenticated
from portal.organisations.models import Membership, Organisation
from portal.people import profiles
from portal.people.forms import PreferencesForm, ProfileForm
from portal.people.models import Person


def signed_in(request: HttpRequest) -> Person:
    """Return who is signed in; `Unauthenticated` sends a visitor to the door."""
    person = Actor.of(request).person
    if person is None:
        raise Unauthenticated
    return person


@require_http_methods(["GET", "POST"])
def profile_settings(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    form = ProfileForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        return _save(request, person, form.cleaned_data)
    return _profile_page(request, profile_form=form, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    form = PreferencesForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        return _save(request, person, form.cleaned_data)
    return _profile_page(request, preferences_form=form, status=422 if form.is_bound else 200)


def _save(request: HttpRequest, person: Person, fields: dict[str, Any]) -> HttpResponse:
    require(Actor.of(request), "edit", person)
    profiles.update(person, **fields)
    messages.success(request, _("Saved."))
    return redirect("settings_profile")


def _profile_page(
    request: HttpRequest,
    *,
    profile_form: ProfileForm | None = None,
    preferences_form: PreferencesForm | None = None,
    status: int,
) -> HttpResponse:
    person = Person.objects.get(pk=signed_in(request).pk)  # a bound form has written on the other
    forms = {
        "profile_form": profile_form or ProfileForm(instance=person),
        "preferences_form": preferences_form or PreferencesForm(instance=person),
    }
    return render(request, "people/profile_settings.html", forms, status=status)


@require_GET
@never_cache
def totp_picture(request: HttpRequest) -> HttpResponse:
    """Draw the secret of the authenticator app that is being added in this very session."""
    person = signed_in(request)
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise Missing
    adapter = mfa_adapter()
    picture = adapter.build_totp_svg(adapter.build_totp_url(person, secret))
    return HttpResponse(
        picture, content_type="image/svg+xml", headers={"Cache-Control": "no-store, private"}
    )


@require_safe
def profile(request: HttpRequest, handle: str) -> HttpResponse:
    """Show a person or an organisation."""
    owner = profiles.owner_of(handle)
    require(Actor.of(request), "see", owner)
    if owner.get_absolute_url() != f"/{handle}":
        return redirect(owner)
    if isinstance(owner, Organisation):
        return _organisation(request, owner)
    memberships = owner.memberships.select_related("organisation").order_by("organisation__handle")
    return render(request, "people/profile.html", {"person": owner, "memberships": memberships})


def _organisation(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    from portal.organisations.views import tabs

    actor = Actor.of(request)
    members = (
        Membership.objects.filter(organisation=organisation)
        .select_related("person")
        .order_by("-role", "person__username")
    )
    return render(
        request,
        "organisations/profile.html",
        {
            "organisation": organisation,
            "members": members,
            "tabs": tabs(organisation, allowed(actor, organisation), "profile"),
            "may_create": any(row.person == actor.person for row in members),
        },
    )
