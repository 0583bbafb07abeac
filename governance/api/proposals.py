"""Proposals by API: writing, submitting, supporting, commenting, and where each stands."""

from typing import Any

from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance import norms
from governance.api import shapes
from governance.api.asking import caller, described, described_list, listed, sent
from governance.elections.models import RoleGrant
from governance.feedback.models import FeedbackThread
from governance.norms.clauses import Change
from governance.proposals import drafting, enacting, shown, supporting
from governance.proposals.models import Comment, Kind, Proposal
from governance.proposals.states import State
from governance.proposals.views import load, somebody
from portal.access import Actor, require


class Wording(serializers.Serializer):
    """A proposal's wording; `settings` maps a setting's name to its new value."""

    title = serializers.CharField(max_length=160)
    reasons = serializers.CharField(max_length=10_000)
    patch = shapes.PatchStep(many=True, required=False, default=list)
    settings = serializers.DictField(required=False, default=dict)


class NewProposal(Wording):
    kind = serializers.ChoiceField(Kind.choices, required=False, default=Kind.AMENDMENT)
    feedback = serializers.PrimaryKeyRelatedField(
        queryset=FeedbackThread.objects.all(), required=False, allow_null=True, default=None
    )
    grant = serializers.PrimaryKeyRelatedField(
        queryset=RoleGrant.objects.select_related("person"),
        required=False,
        allow_null=True,
        default=None,
        help_text="The office that a recall or a ratification is about.",
    )
    rival_of = serializers.PrimaryKeyRelatedField(
        queryset=Proposal.objects.filter(submitted_at__isnull=False),
        required=False,
        allow_null=True,
        default=None,
        help_text="The open amendment to which this one is an alternative.",
    )


class Commenting(serializers.Serializer):
    text = serializers.CharField(max_length=5000)
    clause = serializers.CharField(max_length=12, required=False, default="", allow_blank=True)


class Handle(serializers.Serializer):
    handle = serializers.CharField(max_length=150)


class Reasons(serializers.Serializer):
    reasons = serializers.CharField(max_length=4000)


class Filter(serializers.Serializer):
    state = serializers.ChoiceField(State.choices, required=False, help_text="In this state only.")


def wording(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": said["title"],
        "reasons": said["reasons"],
        "patch": [Change(**step) for step in said["patch"]],
        "values": said["settings"],
    }


def standing(request: Request, number: int) -> Response:
    return Response(shown.whole(load(request, number, "see")))


@described_list("Proposals, newest first", shapes.ProposalRow, Filter)
@described("POST", "Write a draft", shapes.ProposalRow, status=201, asks=NewProposal)
@api_view(["GET", "POST"])
def proposals(request: Request) -> Response:
    if request.method == "POST":
        require(Actor.of(request), "propose", norms.current())
        said = sent(NewProposal, request.data)
        about = {name: said[name] for name in ("kind", "feedback", "grant", "rival_of")}
        made = drafting.draft(by=caller(request), **about, **wording(said))
        return Response(shown.record(made), status=201)
    rows = Proposal.objects.visible_to(Actor.of(request).person).for_pages()
    return listed(request, rows.filter(**sent(Filter, request.query_params)), shown.record)


@described("GET", "A proposal: where it stands, and what it would change", shapes.ProposalWhole)
@described("PUT", "Write a proposal anew", shapes.ProposalWhole, asks=Wording)
@api_view(["GET", "PUT"])
def proposal(request: Request, number: int) -> Response:
    if request.method == "PUT":
        found = load(request, number, "revise")
        drafting.revise(found, by=caller(request), **wording(sent(Wording, request.data)))
    return standing(request, number)


@described("POST", "Submit a draft", shapes.ProposalWhole)
@api_view(["POST"])
def submit(request: Request, number: int) -> Response:
    drafting.submit(load(request, number, "submit"), by=caller(request))
    return standing(request, number)


@described("POST", "Withdraw a proposal before its vote", shapes.ProposalWhole)
@api_view(["POST"])
def withdraw(request: Request, number: int) -> Response:
    drafting.withdraw(load(request, number, "withdraw"), by=caller(request))
    return standing(request, number)


@described("PUT", "Support the present wording", shapes.ProposalWhole)
@described("DELETE", "Take one's support back", shapes.ProposalWhole)
@api_view(["PUT", "DELETE"])
def support(request: Request, number: int) -> Response:
    found = load(request, number, "support")
    act = supporting.support if request.method == "PUT" else supporting.withdraw_support
    act(found, by=caller(request))
    return standing(request, number)


@described("POST", "Let somebody write along", shapes.ProposalWhole, asks=Handle)
@api_view(["POST"])
def coauthors(request: Request, number: int) -> Response:
    found = load(request, number, "revise")
    person = somebody(sent(Handle, request.data)["handle"])
    drafting.add_coauthor(found, by=caller(request), person=person)
    return standing(request, number)


@described("POST", "Adopt it as a founder", shapes.ProposalWhole, asks=Reasons)
@api_view(["POST"])
def adopt(request: Request, number: int) -> Response:
    found = load(request, number, "adopt")
    reasons = sent(Reasons, request.data)["reasons"]
    enacting.adopt_as_founder(found, by=caller(request), reasons=reasons)
    return standing(request, number)


@described_list("Comments on a proposal, oldest first", shapes.CommentRow)
@described("POST", "Comment, on a clause or all of it", shapes.Made, status=201, asks=Commenting)
@api_view(["GET", "POST"])
def comments(request: Request, number: int) -> Response:
    found = load(request, number, "comment" if request.method == "POST" else "see")
    if request.method == "POST":
        made = supporting.comment(found, by=caller(request), **sent(Commenting, request.data))
        return Response({"number": made.pk}, status=201)
    return listed(request, found.comments.select_related("person"), comment_record)


def comment_record(row: Comment) -> dict[str, Any]:
    return {
        "number": row.pk,
        "person": row.person.username,
        "clause": row.clause,
        "text": row.text,
        "at": row.at,
    }
