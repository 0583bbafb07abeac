"""Access to gated repos: may I, please, and what the owner answers."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _

from models_registry.gate import requests
from models_registry.hub_api.answers import iso, json_answer, repo_url, with_next
from models_registry.hub_api.asking import HubRequest, signed_in
from models_registry.hub_api.bodies import json_body, read_body, text_field, whole_number
from models_registry.hub_api.loading import load, load_content
from models_registry.models import AccessRequest, Repo, RequestState
from portal.errors import Invalid, Missing
from portal.people.models import Person
from portal.sentences import filled

PAGE, PAGE_AT_MOST = 100, 1000
FORM_LIMIT = 256 * 1024
DECISIONS = ("accepted", "rejected", "pending", "reset")


def auth_check(
    request: HubRequest, kind: str, ns: str, name: str, verb: str = "read"
) -> HttpResponse:
    """Say whether this credential gets the repo's content, or may write to it."""
    load_content(request, kind=kind, ns=ns, name=name)
    if verb == "write":
        load(request, kind=kind, ns=ns, name=name, verb="write")
    return json_answer({"success": True})


def ask(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    """Ask for access with the answers of a form; then back to the repo's page."""
    person = signed_in(request)
    repo = load(request, kind=kind, ns=ns, name=name)
    form = QueryDict(read_body(request, FORM_LIMIT), encoding="utf-8")
    asked = requests.ask(repo, person, fields=form.dict())
    response = json_answer({"status": asked.state}, status=303)
    response["Location"] = repo_url(request, kind, repo.full_name)
    return response


def listed(request: HubRequest, kind: str, ns: str, name: str, state: str) -> HttpResponse:
    """One page of the requests in a state, for those who decide about them."""
    repo = load(request, kind=kind, ns=ns, name=name, verb="settings")
    if not repo.gated:
        raise requests.NotGated
    limit = whole_number(request, "limit", PAGE, PAGE_AT_MOST)
    start = whole_number(request, "offset", 0, 10**6) if "offset" in request.GET else 0
    found = list(requests.listed(repo, state)[start : start + limit + 1])
    response = json_answer([request_json(row) for row in found[:limit]])
    if len(found) > limit:
        return with_next(request, response, offset=start + limit, limit=limit)
    return response


def request_json(row: AccessRequest) -> dict[str, Any]:
    """Return what the owner may know: handle, answers, times; the address only if it was shared."""
    user: dict[str, Any] = {
        "_id": row.person.opaque,
        "user": row.person.username,
        "fullname": row.person.shown_name,
        "type": "user",
        "isPro": False,
    }
    if row.share_email and not row.granted:
        user["email"] = row.person.email
    told: dict[str, Any] = {
        "user": user,
        "requestId": row.uuid.hex,
        "status": row.state,
        "timestamp": iso(row.asked_at),
    }
    if row.fields:
        told["fields"] = row.fields
    if row.decided_at is not None:
        told["reviewedAt"] = iso(row.decided_at)
    if row.state == RequestState.REJECTED:
        told["rejectionReason"] = row.reason
    return told


def handle(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    """Accept, reject (with a reason), reset, or put back a request."""
    repo = load(request, kind=kind, ns=ns, name=name, verb="settings")
    if not repo.gated:
        raise requests.NotGated
    body = json_body(request)
    status = body.get("status")
    if status not in DECISIONS:
        raise Invalid(_("“status” must be accepted, rejected, pending or reset."))
    row, by = request_in(repo, body), signed_in(request)
    if status == "accepted":
        requests.accept(row, by=by)
    elif status == "rejected":
        reason = text_field(body, "rejectionReason", required=False)
        requests.reject(row, by=by, reason=reason)
    elif status == "reset":
        requests.reset(row, by=by, reason=text_field(body, "resetReason", required=False))
    else:
        requests.reopen(row, by=by)
    return json_answer(request_json(row))


def request_in(repo: Repo, body: dict[str, Any]) -> AccessRequest:
    """Return the request that a body names, by its id or by the person's handle."""
    rows = AccessRequest.objects.select_related("person").filter(repo=repo)
    if "requestId" in body:
        wanted = text_field(body, "requestId", limit=64).replace("-", "")
        if len(wanted) == 32 and all(digit in "0123456789abcdef" for digit in wanted):
            rows = rows.filter(uuid=wanted)
        else:
            rows = rows.none()
    else:
        rows = rows.filter(person__username__iexact=text_field(body, "user", limit=96))
    found = rows.first()
    if found is None:
        raise requests.NoSuchRequest
    return found


def grant(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    """Give access to somebody who did not ask."""
    repo = load(request, kind=kind, ns=ns, name=name, verb="settings")
    handle = text_field(json_body(request), "user", limit=96)
    person = Person.objects.filter(username__iexact=handle, is_active=True).first()
    if person is None:
        raise Missing(filled(_("There is no person called %(name)s."), {"name": handle}))
    row = requests.grant(repo, person, by=signed_in(request))
    return json_answer(request_json(row))
