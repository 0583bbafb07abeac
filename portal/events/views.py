"""The public log: a list with filters, and each event with the proof that it is in the tree."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from portal.errors import Missing
from portal.events import fleeting, tree
from portal.events.keys import ROTATED
from portal.events.models import Event, EventQuerySet, LogHead, LogKey

PAGE = 30


class Filters(forms.Form):
    kind = forms.CharField(label=_("Kind"), required=False, max_length=80)
    subject = forms.CharField(
        label=pgettext_lazy("what an event is about", "About"), required=False, max_length=200
    )
    person = forms.CharField(label=_("By"), required=False, max_length=150)

    def chosen(self) -> EventQuerySet:
        """Return the events the filters leave."""
        events = Event.objects.all()
        asked = self.cleaned_data if self.is_valid() else {}
        if asked.get("kind"):
            events = events.filter(kind__startswith=asked["kind"])
        else:
            events = events.exclude(kind__in=fleeting.KINDS)  # they would bury the rest
        if asked.get("subject"):
            events = events.filter(subject=asked["subject"])
        if asked.get("person"):
            events = events.filter(actor__username__iexact=asked["person"])
        return events


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    form = Filters(request.GET or {})
    events = form.chosen().select_related("leaf", "actor").order_by("-id")
    after = request.GET.get("after", "")
    if after.isascii() and after.isdecimal() and len(after) <= 18:
        events = events.filter(id__lt=int(after))
    shown = list(events[: PAGE + 1])
    older = str(shown[PAGE - 1].pk) if len(shown) > PAGE else ""
    return render(
        request,
        "events/list.html",
        {"events": shown[:PAGE], "older": older, "form": form, "head": _head()},
    )


@require_safe
def event(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One event, its leaf, and its proof under the latest head that covers it."""
    found = Event.objects.select_related("leaf", "actor").filter(uuid=uuid).first()
    if found is None:
        raise Missing
    leaf, head = getattr(found, "leaf", None), _head()
    covered = leaf is not None and head is not None and leaf.index < head.size
    proof = tree.inclusion(leaf.index, head.size) if covered else []  # type: ignore[union-attr]
    return render(
        request,
        "events/event.html",
        {
            "event": found,
            "leaf": leaf,
            "leaf_hash": bytes(leaf.digest).hex() if leaf else "",
            "content": tree.leaf_bytes(found).decode(),
            "head": head if covered else None,
            "proof": "\n".join(digest.hex() for digest in proof),
        },
    )


@require_safe
def key_history(request: HttpRequest) -> HttpResponse:
    """Every key that ever signed a head, the present one first, each with how it came to be."""
    keys = list(LogKey.objects.select_related("endorsed_by").order_by("-pk"))
    rotations = Event.objects.filter(kind=ROTATED).only("uuid", "subject")
    events = {event.subject: event for event in rotations}
    rows = [(key, events.get(f"log_key:{key.key_id}")) for key in keys]
    return render(request, "events/keys.html", {"rows": rows, "first": keys[-1] if keys else None})


def _head() -> LogHead | None:
    return LogHead.objects.select_related("key").order_by("-size", "-pk").first()
