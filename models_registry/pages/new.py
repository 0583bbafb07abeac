"""A new repo, from a form of one decision."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from models_registry import repos
from models_registry.models.repos import Kind, Visibility
from portal.access import Actor, decide
from portal.errors import Refused
from portal.people.models import Namespace, Person


class NewRepo(forms.Form):
    kind = forms.ChoiceField(label=_("What is it"), choices=Kind, widget=forms.RadioSelect)
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=Namespace.objects.none(), empty_label=None, to_field_name="name"
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=96,
        help_text=_("Letters A–Z, digits, “-”, “_” and “.”, for example “minilm-reviews”."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    visibility = forms.ChoiceField(
        label=_("Who may see it"),
        choices=[
            (Visibility.PUBLIC, _("everybody")),
            (Visibility.PRIVATE, _("only its owners")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = namespaces_of(person)


def namespaces_of(person: Person) -> "QuerySet[Namespace]":
    """Return the namespaces in which this person may make repos, their own first."""
    mine = Q(person=person) | Q(organisation__membership__person=person)
    return Namespace.objects.filter(mine).distinct().order_by("organisation_id", "name")


@login_required
def new(request: HttpRequest) -> HttpResponse:
    initial = {
        "kind": request.GET.get("kind", Kind.MODEL),
        "visibility": Visibility.PUBLIC,
        "owner": request.GET.get("owner") or request.user.username,
    }
    form = NewRepo(request.POST or None, person=request.user, initial=initial)
    if form.is_valid():
        wanted = form.cleaned_data
        refusal = decide(Actor.of(request), "create_repo", wanted["owner"]).refusal
        try:
            if refusal is not None:
                raise refusal
            repo = repos.create(
                wanted["owner"],
                wanted["name"],
                by=request.user,
                kind=wanted["kind"],
                visibility=wanted["visibility"],
            )
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            return redirect(repo)
    status = 422 if form.errors else 200
    return render(request, "models_registry/new.html", {"form": form}, status=status)
