"""Asking for access to a gated repo, from its page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from models_registry.gate import requests
from models_registry.models import Repo
from models_registry.pages.loading import load


class Ask(forms.Form):
    """The owner's questions, as the card asks them (`extra_gated_fields`)."""

    def __init__(self, *args: Any, repo: Repo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for label, asked in requests.questions(repo).items():
            self.fields[f"field-{label}"] = _field(str(label), asked)
        self.fields["share_email"] = forms.BooleanField(
            label=_("Show my e-mail address to the owner"), required=False
        )

    @property
    def answers(self) -> dict[str, str]:
        named = self.cleaned_data.items()
        return {name[6:]: str(value) for name, value in named if name.startswith("field-")}


def _field(label: str, asked: object) -> forms.Field:
    kind = asked.get("type") if isinstance(asked, dict) else asked
    if kind == "checkbox":
        return forms.BooleanField(label=label)
    if kind == "select" and isinstance(asked, dict):
        return forms.ChoiceField(label=label, choices=_options(asked.get("options")))
    if kind == "date_picker":
        return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}))
    return forms.CharField(label=label, max_length=1000)


def _options(given: object) -> list[tuple[str, str]]:
    found = []
    for option in given if isinstance(given, list) else []:
        if isinstance(option, dict):
            found.append((str(option.get("value", "")), str(option.get("label", ""))))
        else:
            found.append((str(option), str(option)))
    return found[:100]


@login_required
@require_POST
def ask(request: HttpRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind, ns, name)
    form = Ask(request.POST, repo=repo)
    if not form.is_valid():
        messages.error(request, _("Please answer every question of the owner."))
        return redirect(repo)
    requests.ask(
        repo, request.user, fields=form.answers, share_email=form.cleaned_data["share_email"]
    )
    messages.success(request, _("Asked. You see the state of your request on this page."))
    return redirect(repo)
