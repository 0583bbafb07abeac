"""Feedback by API: threads, answers, reactions, and what becomes of them."""

from typing import Any

from django.db.models import Count
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance import norms
from governance.api import shapes
from governance.api.asking import caller, described, described_list, listed, sent
from governance.feedback import targets, threads
from governance.feedback.models import FeedbackThread, Reaction, Target, ThreadState
from governance.feedback.views import load
from portal.access import Actor, require


class NewThread(serializers.Serializer):
    """`target` names what it is about: a clause's id, owner/name, a slug."""

    title = serializers.CharField(max_length=160)
    text = serializers.CharField(max_length=5000)
    about = serializers.ChoiceField(Target.choices, required=False, default=Target.FREE)
    target = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class Answering(serializers.Serializer):
    text = serializers.CharField(max_length=5000)


class Reacting(serializers.Serializer):
    sign = serializers.ChoiceField(Reaction.Sign.choices)


class Declining(serializers.Serializer):
    reason = serializers.CharField(max_length=2000)


class Merging(serializers.Serializer):
    into = serializers.IntegerField(min_value=1, max_value=10**11)


class Filter(serializers.Serializer):
    about = serializers.ChoiceField(Target.choices, required=False, help_text="About this kind.")
    target = serializers.CharField(max_length=200, required=False, help_text="About this one.")
    state = serializers.ChoiceField(
        ThreadState.choices, required=False, help_text="In this state only."
    )


@described_list("Feedback, last answered first", shapes.ThreadRow, Filter)
@described("POST", "Start a thread", shapes.ThreadRow, status=201, asks=NewThread)
@api_view(["GET", "POST"])
def feedback(request: Request) -> Response:
    if request.method == "POST":
        require(Actor.of(request), "give_feedback", norms.current())
        made = threads.start(by=caller(request), **sent(NewThread, request.data))
        return Response(record(made), status=201)
    rows = targets.narrowed(sent(Filter, request.query_params)).select_related("author")
    return listed(request, rows, record, prepare=targets.hide)


@described("GET", "A thread with its posts", shapes.ThreadWhole)
@described("POST", "Answer", shapes.Made, status=201, asks=Answering, name="feedback_answer")
@api_view(["GET", "POST"])
def thread(request: Request, number: int) -> Response:
    if request.method == "POST":
        found = load(request, number, "answer")
        text = sent(Answering, request.data)["text"]
        return Response({"number": threads.answer(found, by=caller(request), text=text).pk}, 201)
    return standing(request, number)


@described("PUT", "React, in place of one's earlier reaction", shapes.ThreadWhole, asks=Reacting)
@described("DELETE", "Take one's reaction back", shapes.ThreadWhole)
@api_view(["PUT", "DELETE"])
def reaction(request: Request, number: int) -> Response:
    found = load(request, number, "react")
    sign = sent(Reacting, request.data)["sign"] if request.method == "PUT" else ""
    threads.react(found, by=caller(request), sign=sign)
    return standing(request, number)


@described("POST", "Decline, with the reason", shapes.ThreadWhole, asks=Declining)
@api_view(["POST"])
def decline(request: Request, number: int) -> Response:
    found = load(request, number, "decline")
    threads.decline(found, by=caller(request), reason=sent(Declining, request.data)["reason"])
    return standing(request, number)


@described("POST", "Merge a duplicate into another thread", shapes.ThreadWhole, asks=Merging)
@api_view(["POST"])
def merge(request: Request, number: int) -> Response:
    found = load(request, number, "merge")
    into = load(request, sent(Merging, request.data)["into"])
    threads.merge(found, by=caller(request), into=into)
    return standing(request, number)


def standing(request: Request, number: int) -> Response:
    found = load(request, number)
    targets.hide([found])
    return Response(whole(found, Actor.of(request)))


def record(found: FeedbackThread) -> dict[str, Any]:
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


def whole(found: FeedbackThread, actor: Actor) -> dict[str, Any]:
    mine = found.reactions.filter(person=actor.person).first() if actor.person else None
    led_to = found.proposals.filter(submitted_at__isnull=False)
    return record(found) | {
        "posts": [
            {"number": row.pk, "person": row.person.username, "text": row.text, "at": row.at}
            for row in found.posts.select_related("person")
        ],
        "reactions": dict(found.reactions.values_list("sign").annotate(number=Count("pk"))),
        "own_reaction": mine.sign if mine else None,
        "proposals": list(led_to.values_list("pk", flat=True).order_by("pk")),
    }
