"""Your data: an archive of it, and its erasure. Neither asks for any agreement first."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.clock import db_now
from portal.errors import Conflict, Missing, NotNow
from portal.people.views import signed_in
from portal.privacy import archives, erasing
from portal.privacy.forms import EraseForm
from portal.privacy.models import Export


@login_required
@never_cache
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    now = db_now()
    exports = Export.objects.filter(person=signed_in(request))
    kept = [e for e in exports if e.expires_at is None or e.expires_at > now]
    return render(request, "privacy/data.html", {"exports": kept})


@login_required
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    archives.ask(signed_in(request))
    messages.success(request, _("Your archive is being made. You are told when it is ready."))
    return redirect("settings_privacy")


@login_required
@never_cache
@require_safe
def archive(request: HttpRequest, uuid: UUID) -> FileResponse:
    """Hand out one's own archive."""
    person = signed_in(request)
    export = get_object_or_404(Export, uuid=uuid, person=person)
    try:
        path = archives.path_of(export)
    except NotNow as error:
        raise Missing from error
    name = f"{person.username}-{export.made_at:%Y-%m-%d}.zip"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Say what goes and what stays, ask for handle and password, then erase."""
    person = signed_in(request)
    form = EraseForm(person, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                erasing.erase(person, by=person)
            except Conflict as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                logout(request)
                return render(request, "privacy/erased.html")
    return render(request, "privacy/erase.html", {"form": form}, status=status)
