"""Pages of organisations: one's own, a new one, its words, its members."""

from collections.abc import Collection

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access import Actor, allowed, require
from portal.errors import Missing, Refused
from portal.organisations import room
from portal.organisations.forms import AboutForm, InviteForm, NewForm
from portal.organisations.models import Invitation, Membership, Organisation, Role
from portal.people.views import signed_in


def load(request: HttpRequest, handle: str, verb: str) -> tuple[Actor, Organisation]:
    """Return the organisation if the visitor may do `verb` to it."""
    organisation = Organisation.objects.filter(handle__iexact=handle).first()
    if organisation is None:
        raise Missing
    actor = Actor.of(request)
    require(actor, verb, organisation)
    return actor, organisation


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    return render(
        request,
        "organisations/mine.html",
        {
            "memberships": person.memberships.select_related("organisation").order_by(
                "organisation__handle"
            ),
            "invitations": person.invitations.select_related("organisation", "invited_by"),
        },
    )


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    form = NewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        require(Actor.of(request), "create_organisation", person)
        try:
            return redirect(room.create(by=person, **form.cleaned_data))
        except (room.handles.HandleTaken, room.handles.InvalidHandle) as refusal:
            form.add_error("handle", str(refusal))
    return render(
        request, "organisations/new.html", {"form": form}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
def about(request: HttpRequest, handle: str) -> HttpResponse:
    signed_in(request)
    _actor, organisation = load(request, handle, "edit")
    form = AboutForm(request.POST or None, instance=organisation)
    if request.method == "POST" and form.is_valid():
        stored = Organisation.objects.get(pk=organisation.pk)
        room.update(stored, by=signed_in(request), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect(stored)
    return render(
        request,
        "organisations/settings.html",
        {
            "organisation": organisation,
            "form": form,
            "tabs": tabs(organisation, {"edit"}, "settings"),
        },
        status=422 if form.errors else 200,
    )


@require_safe
def members(request: HttpRequest, handle: str) -> HttpResponse:
    actor, organisation = load(request, handle, "see")
    may = allowed(actor, organisation)
    may_invite = "invite" in may
    memberships = Membership.objects.filter(organisation=organisation).select_related("person")
    return render(
        request,
        "organisations/members.html",
        {
            "organisation": organisation,
            "tabs": tabs(organisation, may, "members"),
            "memberships": memberships.order_by("-role", "person__username"),
            "invitations": Invitation.objects.filter(organisation=organisation).select_related(
                "person"
            )
            if may_invite
            else (),
            "may_set_role": "set_role" in may,
            "may_leave": "leave" in may,
            "roles": Role.choices,
            "form": InviteForm() if may_invite else None,
        },
    )


def tabs(organisation: Organisation, may: Collection[str], current: str) -> list[dict[str, object]]:
    """Return the pages of an organisation for somebody who `may` do these things to it."""
    handle = [organisation.handle]
    rows = [
        ("profile", _("Overview"), "layout-grid", organisation.get_absolute_url()),
        ("members", _("Members"), "users", reverse("organisation_members", args=handle)),
    ]
    if "edit" in may:
        address = reverse("organisation_settings", args=handle)
        rows.append(("settings", _("Settings"), "settings", address))
    return [
        {"label": label, "icon": icon, "url": url, "current": key == current}
        for key, label, icon, url in rows
    ]


@require_POST
def invite(request: HttpRequest, handle: str) -> HttpResponse:
    person = signed_in(request)
    _actor, organisation = load(request, handle, "invite")
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _back(request, organisation, error=_("Please name a person and a role."))
    try:
        room.invite(organisation, by=person, **form.cleaned_data)
    except Refused as refusal:
        return _back(request, organisation, error=str(refusal))
    return _back(request, organisation, done=_("Invited. They become a member when they accept."))


@require_POST
def withdraw(request: HttpRequest, handle: str) -> HttpResponse:
    person = signed_in(request)
    _actor, organisation = load(request, handle, "invite")
    room.withdraw_invitation(organisation, by=person, handle=request.POST.get("handle", ""))
    return _back(request, organisation, done=_("The invitation is withdrawn."))


@require_POST
def answer(request: HttpRequest, handle: str) -> HttpResponse:
    person = signed_in(request)
    _actor, organisation = load(request, handle, "answer")
    join = request.POST.get("answer") == "join"
    room.answer(organisation, by=person, join=join)
    said = _("You are a member of %(name)s now.")
    if not join:
        said = _("Declined. %(name)s can ask again.")
    messages.success(request, said % {"name": organisation.shown_name})
    return redirect("settings_organisations")


@require_POST
def role(request: HttpRequest, handle: str) -> HttpResponse:
    person = signed_in(request)
    _actor, organisation = load(request, handle, "set_role")
    try:
        room.set_role(
            organisation,
            by=person,
            handle=request.POST.get("handle", ""),
            role=request.POST.get("role", ""),
        )
    except Refused as refusal:
        return _back(request, organisation, error=str(refusal))
    return _back(request, organisation, done=_("The role is changed."))


@require_POST
def remove(request: HttpRequest, handle: str) -> HttpResponse:
    person = signed_in(request)
    _actor, organisation = load(request, handle, "remove_member")
    try:
        room.remove_member(organisation, by=person, handle=request.POST.get("handle", ""))
    except Refused as refusal:
        return _back(request, organisation, error=str(refusal))
    return _back(request, organisation, done=_("The membership is ended."))


@require_POST
def leave(request: HttpRequest, handle: str) -> HttpResponse:
    person = signed_in(request)
    _actor, organisation = load(request, handle, "leave")
    try:
        room.leave(organisation, by=person)
    except Refused as refusal:
        return _back(request, organisation, error=str(refusal))
    messages.success(request, _("You have left the organisation."))
    return redirect("settings_organisations")


def _back(
    request: HttpRequest, organisation: Organisation, *, done: str = "", error: str = ""
) -> HttpResponse:
    """Return to the members with a word about what happened."""
    if error:
        messages.error(request, error)
    else:
        messages.success(request, done)
    return redirect("organisation_members", handle=organisation.handle)
