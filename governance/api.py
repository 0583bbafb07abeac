"""Governance for programs: the same rooms as the pages."""

from typing import Any

from django.http import FileResponse, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance import norms
from governance.feedback import threads
from governance.feedback.models import FeedbackThread, Target
from governance.feedback.views import load as load_thread
from governance.norms import differences, exports, settings
from governance.norms.clauses import Change
from governance.norms.models import NormsVersion
from governance.norms.views import find_version
from governance.polls import casting
from governance.polls import shown as shown_polls
from governance.polls.models import Poll
from governance.polls.views import export_answer
from governance.polls.views import load as load_poll
from governance.proposals import drafting, supporting
from governance.proposals import shown as shown_proposals
from governance.proposals.models import Kind, Proposal
from governance.proposals.views import load as load_proposal
from portal.access import Actor, require
from portal.api.pagination import Pages
from portal.errors import Unauthenticated
from portal.people.models import Person


class Step(serializers.Serializer):
    """One change of a clause, as in `governance.norms.clauses.Change`."""

    op = serializers.ChoiceField(["replace", "insert", "delete"])
    clause = serializers.CharField(max_length=12)
    en = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)
    zh = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)
    after = serializers.CharField(max_length=12, required=False, default="", allow_blank=True)
    old = serializers.CharField(max_length=64, required=False, default="", allow_blank=True)


class Wording(serializers.Serializer):
    """A proposal's wording; `settings` maps a setting's name to its new value."""

    title = serializers.CharField(max_length=160)
    reasons = serializers.CharField(max_length=10_000)
    patch = Step(many=True, required=False, default=list)
    settings = serializers.DictField(required=False, default=dict)


class NewProposal(Wording):
    kind = serializers.ChoiceField(Kind.choices, required=False, default=Kind.AMENDMENT)
    feedback = serializers.PrimaryKeyRelatedField(
        queryset=FeedbackThread.objects.all(), required=False, allow_null=True, default=None
    )


class Saying(serializers.Serializer):
    text = serializers.CharField(max_length=5000)
    clause = serializers.CharField(max_length=12, required=False, default="", allow_blank=True)


class Voting(serializers.Serializer):
    """`choice` as the poll's method reads it; `replaces` names the ballot it takes the place of."""

    choice = serializers.JSONField()
    replaces = serializers.CharField(max_length=32, required=False, default="", allow_blank=True)


class NewThread(serializers.Serializer):
    title = serializers.CharField(max_length=160)
    text = serializers.CharField(max_length=5000)
    about = serializers.ChoiceField(Target.choices, required=False, default=Target.FREE)
    target = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


def caller(request: Request) -> Person:
    person = Actor.of(request).person
    if person is None:
        raise Unauthenticated
    return person


def sent(serializer: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    said = serializer(data=request.data)
    said.is_valid(raise_exception=True)
    found: dict[str, Any] = said.validated_data
    return found


def wording(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": said["title"],
        "reasons": said["reasons"],
        "patch": [Change(**step) for step in said["patch"]],
        "values": said["settings"],
    }


def listed(request: Request, rows: Any, shown: Any) -> Response:
    pages = Pages()
    page = pages.paginate_queryset(rows, request) or []
    return pages.get_paginated_response([shown(row) for row in page])


# --- norms --------------------------------------------------------------------------------------
@extend_schema(summary="Versions of the norms, newest first", responses=dict)
@api_view(["GET"])
def versions(request: Request) -> Response:
    norms.current()
    rows = NormsVersion.objects.select_related("document", "proposal__poll")
    return listed(
        request,
        rows,
        lambda row: {
            "norms": row.number,
            "sha256": row.sha256,
            "state": row.document.state,
            "effective_at": row.effective_at,
            "adopted_by": exports.adopted_by(row),
        },
    )


@extend_schema(summary="One version of the norms, or the one in force (`current`)", responses=dict)
@api_view(["GET"])
def version(request: Request, number: str) -> Response:
    wanted = str(norms.current().number) if number == "current" else number
    return Response(exports.as_json(find_version(wanted)))


@extend_schema(summary="What changed between two versions of the norms", responses=dict)
@api_view(["GET"])
def compare(request: Request, old: int, new: int) -> Response:
    before, after = find_version(str(old)), find_version(str(new))
    found = differences.between(before.parts(), after.parts())
    return Response(
        {
            "from": {"norms": before.number, "sha256": before.sha256},
            "to": {"norms": after.number, "sha256": after.sha256},
            "changes": [
                {
                    "clause": one.id,
                    "kind": one.kind,
                    "old": one.old.record() if one.old else None,
                    "new": one.new.record() if one.new else None,
                }
                for one in found
                if one.is_change
            ],
        }
    )


@extend_schema(summary="The settings that votes change", responses=dict)
@api_view(["GET"])
def all_settings(request: Request) -> Response:
    return Response({"settings": [setting_record(one) for one in settings.everything()]})


def setting_record(found: settings.Setting) -> dict[str, Any]:
    policy = found.policy
    return {
        "name": policy.name,
        "title": str(policy.title),
        "kind": policy.kind,
        "unit": str(policy.unit),
        "value": found.value,
        "default": policy.default,
        "floor": policy.floor,
        "ceiling": policy.ceiling,
        "choices": list(policy.choices),
        "rule": policy.rule,
        "pinned": found.is_pinned,
        "proposal": found.proposal,
    }


# --- proposals ----------------------------------------------------------------------------------
@extend_schema(summary="Proposals, or a new draft", request=NewProposal, responses=dict)
@api_view(["GET", "POST"])
def proposals(request: Request) -> Response:
    if request.method == "POST":
        require(Actor.of(request), "propose", norms.current())
        said = sent(NewProposal, request)
        made = drafting.draft(
            by=caller(request), kind=said["kind"], feedback=said["feedback"], **wording(said)
        )
        return Response(shown_proposals.record(made), status=201)
    rows = Proposal.objects.visible_to(Actor.of(request).person).for_pages()
    state = request.query_params.get("state", "")
    return listed(request, rows.filter(state=state) if state else rows, shown_proposals.record)


@extend_schema(summary="A proposal, or its new wording", request=Wording, responses=dict)
@api_view(["GET", "PUT"])
def proposal(request: Request, number: int) -> Response:
    if request.method == "PUT":
        found = load_proposal(request, number, "revise")
        drafting.revise(found, by=caller(request), **wording(sent(Wording, request)))
        found = load_proposal(request, number, "see")
    else:
        found = load_proposal(request, number, "see")
    return Response(shown_proposals.record(found))


@extend_schema(summary="Submit a draft", request=None, responses=dict)
@api_view(["POST"])
def submit(request: Request, number: int) -> Response:
    drafting.submit(load_proposal(request, number, "submit"), by=caller(request))
    return Response(shown_proposals.record(load_proposal(request, number, "see")))


@extend_schema(summary="Withdraw a proposal before its vote", request=None, responses=dict)
@api_view(["POST"])
def withdraw(request: Request, number: int) -> Response:
    drafting.withdraw(load_proposal(request, number, "withdraw"), by=caller(request))
    return Response(shown_proposals.record(load_proposal(request, number, "see")))


@extend_schema(summary="Support a proposal, or take it back", request=None, responses=dict)
@api_view(["PUT", "DELETE"])
def support(request: Request, number: int) -> Response:
    found = load_proposal(request, number, "support")
    act = supporting.support if request.method == "PUT" else supporting.withdraw_support
    act(found, by=caller(request))
    return Response(shown_proposals.record(load_proposal(request, number, "see")))


@extend_schema(summary="Comments on a proposal, or a new one", request=Saying, responses=dict)
@api_view(["GET", "POST"])
def comments(request: Request, number: int) -> Response:
    found = load_proposal(request, number, "comment" if request.method == "POST" else "see")
    if request.method == "POST":
        made = supporting.comment(found, by=caller(request), **sent(Saying, request))
        return Response({"number": made.pk}, status=201)
    rows = found.comments.select_related("person")
    return listed(
        request,
        rows,
        lambda row: {
            "number": row.pk,
            "person": row.person.username,
            "clause": row.clause,
            "text": row.text,
            "at": row.at,
        },
    )


# --- polls --------------------------------------------------------------------------------------
@extend_schema(summary="Polls, newest first", responses=dict)
@api_view(["GET"])
def polls(request: Request) -> Response:
    return listed(request, Poll.objects.select_related("result"), shown_polls.record)


@extend_schema(summary="A poll; its result from the count on", responses=dict)
@api_view(["GET"])
def poll(request: Request, number: int) -> Response:
    return Response(shown_polls.record(load_poll(request, number)))


@extend_schema(summary="One's own ballot, or cast one", request=Voting, responses={201: dict})
@api_view(["GET", "POST"])
def ballot(request: Request, number: int) -> Response:
    found = load_poll(request, number, "vote")
    headers = {"Cache-Control": "no-store"}
    if request.method == "POST":
        receipt = casting.cast(found, by=caller(request), **sent(Voting, request))
        return Response(receipt.__dict__, status=201, headers=headers)
    standing = casting.standing(found, caller(request))
    said = (
        {"ballot": standing.pk, "choice": standing.choice, "commitment": standing.commitment}
        if standing
        else None
    )
    voted = casting.has_voted(found, caller(request))
    return Response({"poll": found.pk, "voted": voted, "ballot": said}, headers=headers)


@extend_schema(summary="The recount kit of a counted poll", responses=dict)
@api_view(["GET"])
def export(request: Request, number: int) -> HttpResponse | FileResponse:
    return export_answer(load_poll(request, number))


# --- feedback -----------------------------------------------------------------------------------
def thread_record(found: FeedbackThread) -> dict[str, Any]:
    return {
        "number": found.pk,
        "about": found.about,
        "target": found.target,
        "title": found.title,
        "author": found.author.username,
        "state": found.state,
        "reason": found.reason,
        "merged_into": found.merged_into_id,
        "created_at": found.created_at,
        "last_at": found.last_at,
    }


@extend_schema(summary="Feedback, or a new thread", request=NewThread, responses=dict)
@api_view(["GET", "POST"])
def feedback(request: Request) -> Response:
    if request.method == "POST":
        require(Actor.of(request), "give_feedback", norms.current())
        made = threads.start(by=caller(request), **sent(NewThread, request))
        return Response(thread_record(made), status=201)
    wanted = {
        name: request.query_params[name]
        for name in ("about", "target", "state")
        if request.query_params.get(name)
    }
    rows = FeedbackThread.objects.filter(**wanted).select_related("author")
    return listed(request, rows, thread_record)


@extend_schema(summary="A thread with its posts, or an answer", request=Saying, responses=dict)
@api_view(["GET", "POST"])
def thread(request: Request, number: int) -> Response:
    if request.method == "POST":
        found = load_thread(request, number, "answer")
        post = threads.answer(found, by=caller(request), text=sent(Saying, request)["text"])
        return Response({"number": post.pk}, status=201)
    found = load_thread(request, number)
    posts = [
        {"number": row.pk, "person": row.person.username, "text": row.text, "at": row.at}
        for row in found.posts.select_related("person")
    ]
    return Response(thread_record(found) | {"posts": posts})
