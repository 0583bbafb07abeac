"""A repo's settings: what it asks for, who may have it, its name, and its end."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from models_registry import repos
from models_registry.models import Repo
from models_registry.models.repos import Gated, Visibility
from models_registry.pages.loading import address, frame, load
from models_registry.pages.new import namespaces_of
from portal.access import Actor, decide, require
from portal.errors import Refused
from portal.licences.models import LicenceVersion
from portal.people.models import Namespace


class LicenceChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: LicenceVersion) -> str:
        return f"{obj.licence.name} ({obj.document_version.number})"


class RepoSettings(forms.Form):
    visibility = forms.ChoiceField(
        label=_("Who may see it"), choices=Visibility, widget=forms.RadioSelect
    )
    licence = LicenceChoice(
        label=_("Licence"),
        queryset=LicenceVersion.objects.none(),
        required=False,
        help_text=_("A licence that asks for acceptance gates the files by itself."),
    )
    gated = forms.ChoiceField(
        label=_("Access to the files"), choices=Gated, required=False, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = LicenceVersion.objects.current().with_document()
        self.fields["licence"].queryset = current.order_by("licence__name")


class Move(forms.Form):
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=Namespace.objects.none(), empty_label=None, to_field_name="name"
    )
    name = forms.CharField(label=_("Name"), max_length=96)


@login_required
def settings(request: HttpRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind, ns, name, "settings")
    initial = {"visibility": repo.visibility, "gated": repo.gated, "licence": repo.licence_id}
    form = RepoSettings(request.POST or None, initial=initial)
    if form.is_valid():
        repos.settle(repo, form.cleaned_data, by=request.user)
        messages.success(request, _("Saved."))
        return redirect(address(repo, "settings"))
    return _page(request, repo, form=form)


@login_required
@require_POST
def move(request: HttpRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind, ns, name, "delete")
    form = _move_form(request, repo)
    if form.is_valid():
        target = form.cleaned_data["owner"]
        try:
            require(Actor.of(request), "create_repo", target)
            repos.move(repo, target, form.cleaned_data["name"], by=request.user)
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("Moved. The old address leads here from now on."))
            return redirect(address(repo, "settings"))
    return _page(request, repo, move=form)


@login_required
@require_POST
def delete(request: HttpRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind, ns, name, "delete")
    if request.POST.get("confirm") != repo.full_name:
        messages.error(request, _("Nothing was deleted: type the repo’s name to confirm."))
        return redirect(address(repo, "settings"))
    repos.delete(repo, by=request.user)
    messages.success(request, _("Deleted."))
    return redirect("models" if kind == "model" else "datasets")


def _move_form(request: HttpRequest, repo: Repo) -> Move:
    initial = {"owner": repo.namespace.name, "name": repo.name}
    given = request.POST if request.path.endswith("/move") else None
    form = Move(given, initial=initial, prefix="to")
    form.fields["owner"].queryset = namespaces_of(request.user)
    return form


def _page(
    request: HttpRequest,
    repo: Repo,
    *,
    form: RepoSettings | None = None,
    move: Move | None = None,
) -> HttpResponse:
    initial = {"visibility": repo.visibility, "gated": repo.gated, "licence": repo.licence_id}
    wrong = (form and form.errors) or (move and move.errors)
    context = {
        **frame(repo, Actor.of(request), "settings"),
        "form": form or RepoSettings(initial=initial),
        "move": move or _move_form(request, repo),
        "may_delete": bool(decide(Actor.of(request), "delete", repo)),
        "address": repo.path,
    }
    return render(request, "models_registry/settings.html", context, status=422 if wrong else 200)
