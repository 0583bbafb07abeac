"""Opinion maps by API: statements, judging them, and how groups lean."""

from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api import shapes
from governance.api.asking import caller, described, sent
from governance.opinions import shown, stating
from governance.opinions.models import Opinion
from governance.opinions.views import find
from governance.proposals.models import Proposal
from governance.proposals.views import load


class Stating(serializers.Serializer):
    text = serializers.CharField(max_length=stating.LONGEST)


class Judging(serializers.Serializer):
    """`sign`: 1 agree, -1 disagree, 0 pass."""

    sign = serializers.ChoiceField([(sign, sign) for sign in Opinion.Sign.values])


@described("GET", "What people think of a proposal; no vote", shapes.OpinionMap)
@described("POST", "Make a statement about a proposal", shapes.Made, status=201, asks=Stating)
@api_view(["GET", "POST"])
def statements(request: Request, number: int) -> Response:
    found = load(request, number, "comment" if request.method == "POST" else "see")
    if request.method == "POST":
        made = stating.state(found, by=caller(request), **sent(Stating, request.data))
        return Response({"number": made.pk}, status=201)
    return answer(found)


@described("PUT", "Agree with a statement, disagree, or pass", shapes.OpinionMap, asks=Judging)
@api_view(["PUT"])
def judgement(request: Request, number: int) -> Response:
    statement = find(request, number)
    stating.judge(statement, by=caller(request), sign=sent(Judging, request.data)["sign"])
    return answer(statement.proposal)


def answer(found: Proposal) -> Response:
    rows = list(found.statements.filter(erased=False))
    return Response(shown.record(stating.map_of(found), rows))
