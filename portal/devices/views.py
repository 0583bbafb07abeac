"""The page on which a person lets a program in. The program's own doors are the Hub's."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from rest_framework.throttling import UserRateThrottle

from portal import devices
from portal.access import Actor, require
from portal.devices.deciding import default_name
from portal.devices.forms import ApproveForm, CodeForm
from portal.devices.models import DeviceLogin
from portal.devices.refusals import NoSuchCode
from portal.errors import TooMany
from portal.people.views import signed_in
from portal.tokens.models import TokenRole


class CodeRate(UserRateThrottle):
    """A person types a code, and does not try all of them."""

    scope = "device-codes"

    def get_rate(self) -> str:
        return settings.RATE_DEVICE_CODES


@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Ask for the code; or, with one in the address, say which program asks for what."""
    person = signed_in(request)
    typed = request.GET.get("user_code", "").strip()
    if not typed:
        return render(request, "devices/enter.html", {"form": CodeForm()})
    try:
        login = _waiting(request, typed)
    except NoSuchCode as refused:
        return _unknown(request, refused)
    chosen = {"name": default_name(person), "role": TokenRole.WRITE, "user_code": login.user_code}
    return render(
        request, "devices/approve.html", {"login": login, "form": ApproveForm(initial=chosen)}
    )


@require_POST
@never_cache
def answer(request: HttpRequest) -> HttpResponse:
    """Let the program in, or not."""
    person = signed_in(request)
    require(Actor.of(request), "manage_tokens", person)
    try:
        login = _waiting(request, request.POST.get("user_code", ""))
        if request.POST.get("answer") != "approve":
            devices.deny(login, by=person)
            messages.success(request, _("Denied. The program got nothing."))
            return redirect("device")
        form = ApproveForm(request.POST)
        if not form.is_valid():
            context = {"login": login, "form": form}
            return render(request, "devices/approve.html", context, status=422)
        devices.approve(
            login, by=person, name=form.cleaned_data["name"], role=form.cleaned_data["role"]
        )
    except NoSuchCode as refused:
        return _unknown(request, refused)
    return render(request, "devices/done.html", {"login": login})


def _waiting(request: HttpRequest, typed: str) -> DeviceLogin:
    if not CodeRate().allow_request(request, None):  # type: ignore[arg-type]
        raise TooMany
    return devices.waiting(typed)


def _unknown(request: HttpRequest, refused: NoSuchCode) -> HttpResponse:
    form = CodeForm({"user_code": ""})
    form.errors.clear()
    form.add_error("user_code", str(refused))
    return render(request, "devices/enter.html", {"form": form}, status=422)
