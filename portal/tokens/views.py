"""Access tokens in one's settings, and the public door for leaked ones."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal import tokens
from portal.access import Actor, require
from portal.clock import db_now
from portal.errors import Missing
from portal.people.views import signed_in
from portal.tokens.forms import NewTokenForm
from portal.tokens.models import AccessToken, Reason


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    person = signed_in(request)
    now = db_now()
    found = list(AccessToken.objects.of(person)[:200])
    return render(
        request,
        "tokens/list.html",
        {
            "live": [token for token in found if token.is_live(now)],
            "ended": [token for token in found if not token.is_live(now)][:20],
        },
    )


@require_http_methods(["GET", "POST"])
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """Make a token. The secret is in the answer to the POST and nowhere else."""
    person = signed_in(request)
    form = NewTokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        require(Actor.of(request), "manage_tokens", person)
        token, raw = tokens.issue(
            person,
            name=form.cleaned_data["name"],
            role=form.cleaned_data["role"],
            scopes=form.granted(),
            expires_at=form.expires_at(),
        )
        return render(request, "tokens/made.html", {"token": token, "secret": raw})
    return render(request, "tokens/new.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    person = signed_in(request)
    token = AccessToken.objects.filter(pk=number).first()
    if token is None:
        raise Missing
    require(Actor.of(request), "revoke", token)
    tokens.revoke(token, because=Reason.OWNER, by=person)
    messages.success(request, _("The token is revoked. What still uses it is refused from now on."))
    return redirect("settings_tokens")


@require_http_methods(["GET", "POST"])
@never_cache
def leaked(request: HttpRequest) -> HttpResponse:
    """Take a token that somebody found and revoke it; the answer is the same for any text."""
    if request.method == "POST":
        tokens.report_leaked(request.POST.get("token", "")[:200])
    return render(request, "tokens/leaked.html", {"sent": request.method == "POST"})
