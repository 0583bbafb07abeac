"""Agreements for programs: read the text, then accept exactly that text. Two steps, never one."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from portal.access import Actor
from portal.agreements import evidence, nonces, receipts, room, scopes
from portal.agreements.models import Acceptance, DocumentVersion, State
from portal.agreements.refusals import CannotAccept, StaleText
from portal.errors import Invalid, Missing, Unauthenticated
from portal.licences.consent import terms_of

SCOPE = "agreements:accept"
STATEMENT = "I have read this text and I accept it."


class Accepting(serializers.Serializer):
    """What the second step sends: the hash and nonce of the first, and the statement."""

    sha256 = serializers.CharField(max_length=64)
    nonce = serializers.CharField(max_length=1000)
    statement = serializers.CharField(max_length=500)
    purpose = serializers.CharField(max_length=12, required=False, default="")
    answers = serializers.DictField(child=serializers.CharField(), required=False, default=dict)
    repo = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


@extend_schema(summary="Read the text in force, and get the nonce that accepts it", responses=dict)
@api_view(["GET"])
def terms(request: Request, slug: str) -> Response:
    version = _in_force(slug)
    text = version.text_in(request.query_params.get("language", ""))
    actor = Actor.of(request)
    nonce = None
    if actor.person is not None and _may_accept(actor):
        nonce = nonces.issue(actor.person, text, lifetime=nonces.HEADLESS)
    licence = terms_of(version)
    answer = {
        "document": version.document.slug,
        "version": version.number,
        "language": text.language,
        "languages": sorted(other.language for other in version.texts.all()),
        "prevailing": version.prevailing or None,
        "title": text.title,
        "text": text.text,
        "sha256": text.sha256,
        "purposes": list(licence.purposes()) if licence else [],
        "questionnaire": version.licence_version.terms["gate"].get("questionnaire")
        if licence
        else None,
        "statement": STATEMENT,
        "nonce": nonce,
        "nonce_lifetime_s": int(nonces.HEADLESS.total_seconds()),
    }
    return Response(answer, headers={"Cache-Control": "no-store"})


@extend_schema(summary="Accept the text that was read", request=Accepting, responses={201: dict})
@api_view(["POST"])
def accept(request: Request, slug: str) -> Response:
    actor = Actor.of(request)
    if actor.person is None:
        raise Unauthenticated
    if not _may_accept(actor):
        raise CannotAccept
    version = _in_force(slug)
    sent = Accepting(data=request.data)
    sent.is_valid(raise_exception=True)
    acceptance = _accept(request, actor, version, sent.validated_data)
    return Response(receipts.receipt(acceptance), status=201)


@extend_schema(summary="What this person has agreed to", responses=dict)
@api_view(["GET"])
def mine(request: Request) -> Response:
    actor = Actor.of(request)
    if actor.person is None:
        raise Unauthenticated
    rows = Acceptance.objects.standing().filter(person=actor.person)
    rows = rows.select_related("version__document", "event")
    return Response({"acceptances": [row.record() for row in rows]})


def _in_force(slug: str) -> DocumentVersion:
    rows = DocumentVersion.objects.select_related("document").prefetch_related("texts")
    version = rows.filter(document__slug=slug, state=State.CURRENT).first()
    if version is None:
        raise Missing
    return version


def _may_accept(actor: Actor) -> bool:
    """A session may; of the tokens, only one whose scopes name it."""
    return actor.token is None or actor.token.covers(SCOPE)


def _accept(
    request: Request, actor: Actor, version: DocumentVersion, said: dict[str, Any]
) -> Acceptance:
    if said["statement"].strip() != STATEMENT:
        raise Invalid(_("Send the statement exactly as the terms gave it."), code="BadStatement")
    if actor.person is None:
        raise Unauthenticated
    offer = nonces.read(actor.person, said["nonce"])
    if offer.version != version.pk or offer.sha256 != said["sha256"]:
        raise StaleText
    return room.accept(
        actor.person,
        version,
        language=offer.language,
        text_sha256=said["sha256"],
        session_key=evidence.session_key(request),
        purpose=said["purpose"],
        ui=evidence.of_api(said["statement"], shown_ms=offer.shown_ms_ago),
        scope=scopes.resolve(actor, said["repo"]),
        answers=said["answers"],
        surroundings=evidence.surroundings(request),
        act=f'statement:"{STATEMENT}"',
        auth_method="token" if actor.token is not None else "session",
        nonce=offer.id,
    )
