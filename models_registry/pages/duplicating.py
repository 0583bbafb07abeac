"""A copy of a repo under another name, from a form: the Hub's `duplicate_repo` in a browser."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from models_registry import copying, gate
from models_registry.models import Repo
from models_registry.models.repos import Visibility
from models_registry.pages.loading import frame, load
from models_registry.pages.new import namespaces_of
from portal.access import Actor, require
from portal.errors import Refused
from portal.people.models import Namespace, Person


class Duplicate(forms.Form):
    owner = forms.ModelChoiceField(
        label=gettext_lazy("Owner"),
        queryset=Namespace.objects.none(),
        empty_label=None,
        to_field_name="name",
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=96,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    private = forms.BooleanField(
        label=gettext_lazy("Private: only its owners see it"), required=False
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = namespaces_of(person)

    @property
    def visibility(self) -> str:
        return Visibility.PRIVATE if self.cleaned_data["private"] else Visibility.PUBLIC


@login_required
def duplicate(request: HttpRequest, kind: str, ns: str, name: str) -> HttpResponse:
    source = load(request, kind, ns, name, "download")
    actor = Actor.of(request)
    gate.check(actor, source)
    initial = {"owner": request.user.username, "name": source.name, "private": source.is_private}
    form = Duplicate(request.POST or None, person=request.user, initial=initial)
    if form.is_valid():
        try:
            made = _copy(source, form, actor)
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("Copied, with all its revisions."))
            return redirect(made)
    status = 422 if form.errors else 200
    context = {**frame(source, actor, "duplicate"), "form": form}
    return render(request, "models_registry/duplicate.html", context, status=status)


def _copy(source: Repo, form: Duplicate, actor: Actor) -> Repo:
    owner = form.cleaned_data["owner"]
    require(actor, "create_repo", owner)
    name = form.cleaned_data["name"]
    return copying.copy(source, owner, name, by=actor, visibility=form.visibility)
