"""The log by API: whoever keeps a head can check every later one, and every leaf, by themselves."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.errors import Invalid, Missing
from portal.events import tree
from portal.events.models import Event, LogHead, LogKey, LogLeaf

MOST_ENTRIES = 1000


class Head(APIView):
    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """The latest signed head: size, root and the note to keep elsewhere."""
        head = LogHead.objects.select_related("key").order_by("-size", "-pk").first()
        if head is None:
            raise Missing
        return Response(said_of_head(head))


class Entries(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("start", int), OpenApiParameter("limit", int)],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        """Leaves in order. The SHA-256 over a zero byte and `leaf` is `leaf_hash`."""
        start = number(request, "start", default=0)
        limit = min(number(request, "limit", default=100), MOST_ENTRIES)
        leaves = LogLeaf.objects.select_related("event").filter(index__gte=start)
        rows = leaves.order_by("index")[:limit]
        return Response({"size": tree.size(), "entries": [said_of_leaf(leaf) for leaf in rows]})


class Inclusion(APIView):
    @extend_schema(
        parameters=[
            OpenApiParameter("index", int),
            OpenApiParameter("event", UUID),
            OpenApiParameter("size", int),
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        """The proof that a leaf (`index`, or `event` by uuid) is in the tree of `size` leaves."""
        size = number(request, "size", default=tree.size())
        leaf = _leaf(request)
        proof = tree.inclusion(leaf.index, size)
        return Response(
            {
                "index": leaf.index,
                "size": size,
                "leaf_hash": bytes(leaf.digest).hex(),
                "root": tree.root(size).hex(),
                "proof": [digest.hex() for digest in proof],
            }
        )


class Consistency(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("from", int, required=True), OpenApiParameter("to", int)],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        """The proof that the tree of `to` leaves extends that of `from`."""
        old, new = number(request, "from"), number(request, "to", default=tree.size())
        proof = tree.consistency(old, new)
        return Response(
            {
                "from": old,
                "to": new,
                "from_root": tree.root(old).hex(),
                "to_root": tree.root(new).hex(),
                "proof": [digest.hex() for digest in proof],
            }
        )


class Keys(APIView):
    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Every key that ever signed a head, the first one first."""
        rows = LogKey.objects.select_related("endorsed_by").order_by("pk")
        return Response({"keys": [said_of_key(key) for key in rows]})


def said_of_head(head: LogHead) -> dict[str, Any]:
    return {
        "size": head.size,
        "root": bytes(head.root).hex(),
        "at": head.at,
        "origin": head.key.origin,
        "key_id": head.key.key_id,
        "signature": head.signature,
        "note": head.note,
    }


def said_of_leaf(leaf: LogLeaf) -> dict[str, Any]:
    event = leaf.event
    return {
        "index": leaf.index,
        "leaf_hash": bytes(leaf.digest).hex(),
        "leaf": tree.leaf_bytes(event).decode(),
        "uuid": str(event.uuid),
    }


def said_of_key(key: LogKey) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "verifier": key.verifier,
        "public": key.public,
        "created_at": key.created_at,
        "retired_at": key.retired_at,
        "endorsed_by": key.endorsed_by.key_id if key.endorsed_by else None,
        "endorsement": key.endorsement,
    }


def number(request: Request, name: str, default: int | None = None) -> int:
    """Return a whole number of the query, or refuse the request with the name of what is wrong."""
    text = request.query_params.get(name)
    if text is None and default is not None:
        return default
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Invalid(code="NotANumber", parameter=name)
    return int(text)


def _leaf(request: Request) -> LogLeaf:
    uuid = request.query_params.get("event")
    try:
        if uuid is not None:
            return LogLeaf.objects.get(event__in=Event.objects.filter(uuid=uuid))
        return LogLeaf.objects.get(index=number(request, "index"))
    except (LogLeaf.DoesNotExist, ValidationError) as error:
        raise Missing from error
