"""The gate in the browser: reading a text, accepting it, and what one is bound by."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.access import Actor
from portal.agreements import differences, evidence, nonces, receipts, room, scopes
from portal.agreements.forms import AcceptForm
from portal.agreements.models import (
    Acceptance,
    DocumentText,
    DocumentVersion,
    Kind,
    page_language,
)
from portal.agreements.refusals import AnswersMissing, StaleText
from portal.errors import Missing
from portal.people.views import signed_in


def next_of(request: HttpRequest, wanted: str) -> str:
    """Return `wanted` if it is a page of this site, else an empty text."""
    if not wanted.startswith("/") or not url_has_allowed_host_and_scheme(
        wanted, allowed_hosts=None, require_https=request.is_secure()
    ):
        return ""
    return wanted


@login_required
@never_cache
@require_safe
def agree(request: HttpRequest) -> HttpResponse:
    """Lead to the next site-wide document that this person has not accepted yet."""
    wanted = next_of(request, request.GET.get("next", ""))
    missing = room.outstanding(signed_in(request))
    if not missing:
        return redirect(wanted or "settings_agreements")
    return redirect(_with_next(missing[0].accept_url, wanted))


@never_cache
def agree_one(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """Show one version's exact text, and under it the form that accepts it."""
    version = version_of(slug, number)
    text = version.text_in(request.POST.get("language") or request.GET.get("language", ""))
    form = AcceptForm(version, request.POST or None, initial=_initial(request, text))
    status = 200
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect(f"{reverse('account_login')}?{urlencode({'next': request.path})}")
        if form.is_valid():
            try:
                return _accepted(request, version, text, form)
            except AnswersMissing as refusal:
                form.show(refusal.fields)
            except StaleText as stale:
                form, status = _anew(request, version, text, str(stale)), stale.status
        status = 400 if status == 200 else status
    return render(request, evidence.PAGE, _page(request, version, text, form), status=status)


def version_of(slug: str, number: str, *kinds: str) -> DocumentVersion:
    rows = DocumentVersion.objects.select_related("document").prefetch_related("texts")
    version = rows.filter(document__slug=slug, number=number).first()
    if version is None or (kinds and version.document.kind not in kinds):
        raise Missing
    return version


def _initial(request: HttpRequest, text: DocumentText) -> dict[str, Any]:
    nonce = ""
    if request.user.is_authenticated:
        nonce = nonces.issue(signed_in(request), text, lifetime=nonces.BROWSER)
    return {
        "nonce": nonce,
        "sha256": text.sha256,
        "next": next_of(request, request.GET.get("next", "")),
        "repo": request.GET.get("repo", "")[:200],
    }


def _anew(
    request: HttpRequest, version: DocumentVersion, text: DocumentText, problem: str
) -> AcceptForm:
    """Return the form with a fresh nonce and the answers kept; the box has to be ticked again."""
    data = request.POST.copy()
    data.update({"agree": ""})
    data["nonce"], data["sha256"] = _initial(request, text)["nonce"], text.sha256
    data.pop("agree")
    form = AcceptForm(version, data)
    form.errors.clear()
    form.add_error(None, problem)
    return form


def _accepted(
    request: HttpRequest, version: DocumentVersion, text: DocumentText, form: AcceptForm
) -> HttpResponse:
    said = form.cleaned_data
    offer = nonces.read(signed_in(request), said["nonce"])
    if (offer.version, offer.language, offer.sha256) != (version.pk, text.language, said["sha256"]):
        raise StaleText
    ui = evidence.of_page(
        evidence.rendered(text),
        scrolled=said["scrolled"],
        browser_dwell_ms=said["dwell_ms"] or 0,
        shown_ms=offer.shown_ms_ago,
    )
    room.accept(
        signed_in(request),
        version,
        language=text.language,
        text_sha256=said["sha256"],
        session_key=evidence.session_key(request),
        purpose=said.get("purpose", ""),
        ui=ui,
        scope=scopes.resolve(Actor.of(request), said["repo"]),
        answers=form.answers,
        surroundings=evidence.surroundings(request),
        nonce=offer.id,
    )
    messages.success(request, _("Your acceptance is recorded. You find it under Agreements."))
    return redirect(_after(request, version, next_of(request, said["next"])))


def _after(request: HttpRequest, version: DocumentVersion, wanted: str) -> str:
    if version.document.kind != Kind.LICENCE and room.outstanding(signed_in(request)):
        return _with_next(reverse("agree"), wanted)
    return wanted or reverse("settings_agreements")


def _with_next(address: str, wanted: str) -> str:
    return f"{address}?{urlencode({'next': wanted})}" if wanted else address


def _page(
    request: HttpRequest, version: DocumentVersion, text: DocumentText, form: AcceptForm
) -> dict[str, Any]:
    standing = []
    if request.user.is_authenticated:
        mine = Acceptance.objects.standing().filter(person=signed_in(request))
        standing = list(mine.filter(version=version))
    return {
        "version": version,
        "text": text,
        "rendered": evidence.rendered(text),
        "languages": sorted(version.texts.all(), key=lambda other: other.language),
        "form": form,
        "standing": standing,
        "may_accept": version.is_current and not _settled(form, standing),
        "other_language": text.language != page_language(),
    }


def _settled(form: AcceptForm, standing: list[Acceptance]) -> bool:
    """Whether every purpose that can be declared has been accepted already."""
    purpose: Any = form.fields.get("purpose")
    wanted = {value for value, _label in purpose.choices} if purpose else {""}
    return wanted <= {acceptance.purpose for acceptance in standing}


# --- what am I bound by --------------------------------------------------------------------------
@login_required
@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    rows = (
        Acceptance.objects.filter(person=signed_in(request), deed="accepted")
        .select_related("version__document", "withdrawal")
        .prefetch_related("version__texts")
        .order_by("-created_at")
    )
    missing = room.site_documents_missing(signed_in(request))
    prefetch_related_objects(missing, "texts")
    context = {
        "standing": [row for row in rows if not hasattr(row, "withdrawal")],
        "ended": [row for row in rows if hasattr(row, "withdrawal")],
        "outstanding": missing,
    }
    return render(request, "agreements/mine.html", context)


@login_required
@never_cache
@require_safe
def receipt(request: HttpRequest, acceptance: UUID) -> HttpResponse:
    """Hand out the signed receipt of one's own acceptance as a file."""
    row = get_object_or_404(
        Acceptance.objects.select_related("version__document", "event"),
        pk=acceptance,
        person=signed_in(request),
    )
    body = json.dumps(receipts.receipt(row), ensure_ascii=False, indent=2, sort_keys=True)
    response = HttpResponse(body + "\n", content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="receipt-{row.pk}.json"'
    return response


@login_required
@never_cache
def withdraw(request: HttpRequest, acceptance: UUID) -> HttpResponse:
    """Ask once what it means, then withdraw."""
    row = get_object_or_404(
        Acceptance.objects.standing().select_related("version__document"),
        pk=acceptance,
        person=signed_in(request),
    )
    if request.method == "POST":
        room.withdraw(signed_in(request), row)
        messages.success(request, _("Withdrawn. It holds from your next request on."))
        return redirect("settings_agreements")
    return render(request, "agreements/withdraw.html", {"acceptance": row})


# --- the site's own documents --------------------------------------------------------------------
@require_safe
def current(request: HttpRequest, kind: str) -> HttpResponse:
    """Lead to the version in force of the terms or of the norms."""
    rows = DocumentVersion.objects.select_related("document")
    version = rows.filter(document__kind=kind, state="current").first()
    if version is None:
        raise Missing
    return redirect(version)


@require_safe
def document(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """Show one version of the terms or of the norms, with its hashes and its history."""
    rows = DocumentVersion.objects.select_related("document").prefetch_related("texts")
    version = get_object_or_404(rows, document__kind=kind, number=number)
    return render(request, "agreements/document.html", reading(request, version))


def reading(request: HttpRequest, version: DocumentVersion) -> dict[str, Any]:
    """Return what a page needs that shows a version: texts, history, and a comparison if asked."""
    text = version.text_in(request.GET.get("language", ""))
    others = list(
        DocumentVersion.objects.filter(document=version.document_id)
        .prefetch_related("texts")
        .order_by("-ordinal")
    )
    against = next((v for v in others if v.number == request.GET.get("against")), None)
    return {
        "version": version,
        "text": text,
        "rendered": evidence.rendered(text),
        "languages": sorted(version.texts.all(), key=lambda other: other.language),
        "versions": others,
        "against": against,
        "changes": differences.lines(against, version, text.language) if against else [],
    }
