"""Polls by API: asking, casting, what came out, and the recount kit."""

from typing import Any

from django.db.models import F
from django.http import FileResponse, HttpResponse
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance import norms
from governance.api import shapes
from governance.api.asking import caller, described, described_list, listed, sent
from governance.polls import asking, casting, closing, shown
from governance.polls.models import Ballot, ElectorateEntry, Poll, PollState
from governance.polls.views import export_answer, load
from portal.access import Actor, require
from portal.errors import Missing

PRIVATE = {"Cache-Control": "no-store"}


class NewOption(serializers.Serializer):
    en = serializers.CharField(max_length=100)
    zh = serializers.CharField(max_length=100)


class NewPoll(serializers.Serializer):
    """An advisory poll: nothing follows from it by itself."""

    question_en = serializers.CharField(max_length=200)
    question_zh = serializers.CharField(max_length=200)
    method = serializers.ChoiceField(["approval", "schulze", "star", "irv", "stv"])
    seats = serializers.IntegerField(min_value=1, max_value=50, required=False, default=1)
    secret = serializers.BooleanField(required=False, default=False)
    default = serializers.CharField(
        max_length=12,
        required=False,
        default="",
        allow_blank=True,
        help_text="Schulze only: the key (o1, o2, …) of the option that stands unless beaten.",
    )
    majority = serializers.IntegerField(min_value=1, max_value=10, required=False, default=1)
    quorum = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False, default=0)
    options = NewOption(many=True, min_length=2, max_length=50)


class Voting(serializers.Serializer):
    """`choice` as the poll's method reads it; `replaces` names the ballot it takes the place of."""

    choice = serializers.JSONField()
    replaces = serializers.CharField(max_length=32, required=False, default="", allow_blank=True)


class Annulling(serializers.Serializer):
    reason = serializers.CharField(max_length=2000)


class Filter(serializers.Serializer):
    state = serializers.ChoiceField(
        PollState.choices, required=False, help_text="In this state only."
    )


@described_list("Polls, newest first", shapes.PollRow, Filter)
@described("POST", "Ask the community something", shapes.PollRow, status=201, asks=NewPoll)
@api_view(["GET", "POST"])
def polls(request: Request) -> Response:
    if request.method == "POST":
        require(Actor.of(request), "ask", norms.current())
        said = sent(NewPoll, request.data)
        options = [{"key": f"o{n}"} | dict(one) for n, one in enumerate(said.pop("options"), 1)]
        return Response(
            shown.record(asking.ask(by=caller(request), options=options, **said)), status=201
        )
    rows = Poll.objects.select_related("result").filter(**sent(Filter, request.query_params))
    return listed(request, rows, shown.record)


@described("GET", "A poll; its result from the count on", shapes.PollRow)
@api_view(["GET"])
def poll(request: Request, number: int) -> Response:
    return Response(shown.record(load(request, number)))


@described("GET", "One's own ballot", shapes.OwnBallot)
@described("POST", "Cast a ballot, or change it", shapes.BallotReceipt, status=201, asks=Voting)
@api_view(["GET", "POST"])
def ballot(request: Request, number: int) -> Response:
    found = load(request, number, "vote")
    if request.method == "POST":
        receipt = casting.cast(found, by=caller(request), **sent(Voting, request.data))
        return Response(receipt.__dict__, status=201, headers=PRIVATE)
    standing = casting.standing(found, caller(request))
    said = (
        {"ballot": standing.pk, "choice": standing.choice, "commitment": standing.commitment}
        if standing
        else None
    )
    voted = casting.has_voted(found, caller(request))
    return Response({"poll": found.pk, "voted": voted, "ballot": said}, headers=PRIVATE)


@described_list("Who voted, and with open ballots how, of a counted poll", shapes.VoterRow)
@api_view(["GET"])
def voters(request: Request, number: int) -> Response:
    found = load(request, number)
    if not found.is_counted:
        raise Missing
    if found.secret:
        taken = found.electorate.exclude(ballot="").select_related("person").order_by("pseudonym")
        return listed(request, taken, voter_record)
    rows = Ballot.objects.filter(entry__poll=found, id=F("entry__ballot"))
    rows = rows.select_related("entry__person").order_by("entry__pseudonym")
    return listed(request, rows, lambda row: voter_record(row.entry, row.choice))


def voter_record(entry: ElectorateEntry, choice: Any = None) -> dict[str, Any]:
    return {"person": entry.person.username, "pseudonym": entry.pseudonym, "choice": choice}


@described("GET", "The recount kit of a counted poll", dict)
@api_view(["GET"])
def export(request: Request, number: int) -> HttpResponse | FileResponse:
    return export_answer(load(request, number))


@described("POST", "Annul a count, within the time to challenge it", shapes.PollRow, asks=Annulling)
@api_view(["POST"])
def annul(request: Request, number: int) -> Response:
    found = load(request, number, "annul")
    closing.annul(found, by=caller(request), reason=sent(Annulling, request.data)["reason"])
    return Response(shown.record(load(request, number)))
