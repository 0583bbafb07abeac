"""Licences to read: the list, one version with its terms at a glance, and the exact bytes."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from portal.agreements.models import DocumentText, State
from portal.agreements.room import accepted_versions
from portal.agreements.views import reading
from portal.licences.glance import glance
from portal.licences.models import LicenceVersion


@require_safe
def licences(request: HttpRequest) -> HttpResponse:
    rows = (
        LicenceVersion.objects.current()
        .select_related("licence__licensor", "document_version__document")
        .order_by("licence__slug")
    )
    return render(request, "licences/list.html", {"versions": rows})


@require_safe
def newest(request: HttpRequest, slug: str) -> HttpResponse:
    rows = LicenceVersion.objects.with_document().filter(licence__slug=slug)
    rows = rows.order_by("-document_version__ordinal")
    found = rows.filter(document_version__state=State.CURRENT).first() or rows.first()
    return redirect(found or get_object_or_404(rows))


@require_safe
def licence(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    shown = _version(slug, number)
    person = request.user if request.user.is_authenticated else None
    context = reading(request, shown.document_version) | {
        "licence": shown.licence,
        "terms": shown.parsed,
        "glance": glance(shown.parsed),
        "accepted": bool(accepted_versions(person, [shown.document_version_id])),
    }
    return render(request, "licences/licence.html", context)


@require_safe
def terms(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """Return the machine-readable terms."""
    shown = _version(slug, number)
    body = {"licence": slug, "version": number, "terms": shown.terms}
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False, "indent": 2})


@require_safe
def text(request: HttpRequest, slug: str, number: str, language: str) -> HttpResponse:
    """Return the exact bytes that the sha256 is of."""
    row = get_object_or_404(
        DocumentText,
        version__document__slug=slug,
        version__document__kind="licence",
        version__number=number,
        language=language,
    )
    response = HttpResponse(row.text.encode(), content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "public, max-age=86400"
    response["ETag"] = f'"{row.sha256}"'
    return response


def _version(slug: str, number: str) -> LicenceVersion:
    rows = LicenceVersion.objects.select_related("licence__licensor", "document_version__document")
    rows = rows.prefetch_related("document_version__texts")
    return get_object_or_404(rows, licence__slug=slug, document_version__number=number)
