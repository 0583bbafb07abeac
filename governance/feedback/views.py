"""Feedback: the list, a thread, starting one, and what becomes of it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from governance import norms
from governance.feedback import targets, threads
from governance.feedback.models import FeedbackThread, Reaction, Target, ThreadState
from governance.navigation import tabs
from portal.access import Actor, allowed, require
from portal.errors import Missing, Refused
from portal.people.views import signed_in

PAGE = 20


def lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class Filters(forms.Form):
    about = forms.ChoiceField(
        label=gettext_lazy("About"),
        required=False,
        choices=[("", gettext_lazy("everything")), *Target.choices],
    )
    target = forms.CharField(label=gettext_lazy("Name or clause"), required=False, max_length=200)
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("all")), *ThreadState.choices],
    )

    def chosen(self) -> Any:
        said = self.cleaned_data if self.is_valid() else {}
        wanted = {name: said[name] for name in ("about", "target", "state") if said.get(name)}
        agree = Count("reactions", filter=Q(reactions__sign=Reaction.Sign.AGREE))
        found = targets.narrowed(wanted).select_related("author").annotate(agree=agree)
        return found.order_by("-last_at", "-pk")


class NewForm(forms.Form):
    about = forms.ChoiceField(label=gettext_lazy("About"), choices=Target.choices)
    target = forms.CharField(
        label=gettext_lazy("Name or clause"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("A clause like N5.1, a repo like owner/name, or a licence's name."),
    )
    title = forms.CharField(label=gettext_lazy("Title"), max_length=160)
    text = forms.CharField(label=gettext_lazy("Text"), max_length=5000, widget=lines(6))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        known = set(targets.offered())
        field: Any = self.fields["about"]
        field.choices = [choice for choice in Target.choices if choice[0] in known]


class AnswerForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("Your answer"), max_length=5000, widget=lines(4))


@require_safe
def feedback(request: HttpRequest) -> HttpResponse:
    form = Filters(request.GET or {})
    page = Paginator(form.chosen(), PAGE).get_page(request.GET.get("page"))
    targets.hide(page)
    return render(
        request, "governance/feedback.html", tabs("feedback") | {"page": page, "form": form}
    )


def load(request: Any, number: int, verb: str = "see") -> FeedbackThread:
    rows = FeedbackThread.objects.select_related("author", "merged_into")
    thread = rows.filter(pk=number).first()
    if thread is None:
        raise Missing
    require(Actor.of(request), verb, thread)
    return thread


@require_safe
def thread(request: HttpRequest, number: int) -> HttpResponse:
    return page(request, load(request, number))


def page(request: HttpRequest, found: FeedbackThread, form: Any = None, status: int = 200) -> Any:
    actor = Actor.of(request)
    targets.hide([found])
    may, still_open = allowed(actor, found), found.state in threads.OPEN
    signs = dict(found.reactions.values_list("sign").annotate(number=Count("pk")))
    mine = found.reactions.filter(person=actor.person).first() if actor.person else None
    context = {
        "thread": found,
        "posts": found.posts.select_related("person"),
        "signs": [
            {
                "value": value,
                "label": label,
                "count": signs.get(value, 0),
                "mine": mine is not None and mine.sign == value,
            }
            for value, label in Reaction.Sign.choices
        ],
        "form": form or AnswerForm(),
        "may": {verb: verb in may and still_open for verb in ("answer", "decline", "merge")}
        | {"react": "react" in may},
        "target_url": targets.url_of(found.about, found.target) if found.target else "",
        "proposals": found.proposals.filter(submitted_at__isnull=False).select_related("revision"),
        "duplicates": found.duplicates.all(),
    }
    return render(request, "governance/thread.html", context, status=status)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    require(Actor.of(request), "give_feedback", norms.current())
    form = NewForm(request.POST or None, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(threads.start(by=signed_in(request), **form.cleaned_data))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render(request, "governance/new_feedback.html", {"form": form}, status=status)


@require_POST
def answer(request: HttpRequest, number: int) -> HttpResponse:
    found = load(request, number, "answer")
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return page(request, found, form, status=422)
    made = threads.answer(found, by=signed_in(request), text=form.cleaned_data["text"])
    return redirect(f"{found.get_absolute_url()}#post-{made.pk}")


@require_POST
def react(request: HttpRequest, number: int) -> HttpResponse:
    found = load(request, number, "react")
    threads.react(found, by=signed_in(request), sign=request.POST.get("sign", ""))
    return redirect(found)


@require_POST
def decline(request: HttpRequest, number: int) -> HttpResponse:
    found = load(request, number, "decline")
    threads.decline(found, by=signed_in(request), reason=request.POST.get("reason", ""))
    messages.success(request, _("Declined, with your reason."))
    return redirect(found)


@require_POST
def merge(request: HttpRequest, number: int) -> HttpResponse:
    """Merge a thread into another one, named by its number."""
    found = load(request, number, "merge")
    wanted = request.POST.get("into", "").strip().lstrip("#")
    if not (wanted.isascii() and wanted.isdecimal() and len(wanted) < 12):
        raise Missing
    into = load(request, int(wanted))
    threads.merge(found, by=signed_in(request), into=into)
    messages.success(request, _("Merged."))
    return redirect(into)
