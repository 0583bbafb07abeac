"""The inbox, how to be told, and stopping mails with one click."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.clock import db_now
from portal.notices import choices, feeds
from portal.notices.kinds import REGISTRY
from portal.notices.models import Notice, Rhythm
from portal.notices.sending import Wish
from portal.people.views import signed_in

PAGE = 30


@login_required
@never_cache
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    rows = Notice.objects.filter(person=signed_in(request), in_app=True)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "notices/inbox.html", {"page": page})


@login_required
@never_cache
@require_safe
def notice(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one notice. Opening it is reading it."""
    row = get_object_or_404(Notice, uuid=uuid, person=signed_in(request), in_app=True)
    Notice.objects.filter(pk=row.pk, read_at=None).update(read_at=db_now())
    return render(request, "notices/notice.html", {"notice": row, "kind": REGISTRY.get(row.kind)})


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    Notice.objects.unread().filter(person=signed_in(request)).update(read_at=db_now())
    return redirect("notices")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Which kinds a person is told of: on the site, by mail and when, in their feed."""
    if request.method == "POST":
        choices.choose(signed_in(request), {name: _wish(name, request.POST) for name in REGISTRY})
        messages.success(request, _("Saved."))
        return redirect("settings_notices")
    wanted = choices.of(signed_in(request))
    rows = [{"kind": REGISTRY[name], "wish": wanted[name]} for name in sorted(REGISTRY)]
    context = {
        "rows": rows,
        "rhythms": Rhythm.choices,
        "feed": feeds.address_of(signed_in(request)),
    }
    return render(request, "notices/settings.html", context)


def _wish(name: str, sent: QueryDict) -> Wish:
    """Return what the form says of a kind; `mail:` is empty, or when mails come."""
    rhythm = sent.get(f"mail:{name}", "")
    known = rhythm in Rhythm.values
    return Wish(
        in_app=f"app:{name}" in sent,
        mail=known,
        rhythm=rhythm if known else Rhythm.NOW,
        feed=f"feed:{name}" in sent,
    )


@login_required
@require_POST
def renew_feed(request: HttpRequest) -> HttpResponse:
    """Give the person's feed an address, or another one."""
    feeds.renew(signed_in(request))
    messages.success(request, _("Your feed has a new address."))
    return redirect("settings_notices")


@csrf_exempt  # mail programs post here without a session; the signed token is all that counts
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the mails of one kind, or the digests (RFC 8058).

    A GET only asks, since link checkers follow links.
    """
    person, kind = choices.read_token(token)
    if request.method == "POST":
        choices.stop_mail(person, kind)
    context = {"kind": REGISTRY.get(kind), "done": request.method == "POST"}
    return render(request, "notices/unsubscribe.html", context)
