"""A text of a repo, changed in the browser: the card first of all. Each change is a commit."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from models_registry import cards, revisions
from models_registry.cards import without_front_matter
from models_registry.models import Repo
from models_registry.pages import changes, files
from models_registry.pages.loading import address, frame, load, markup_base
from models_registry.revisions import EntryNotFound
from portal.access import Actor
from portal.errors import Refused, Stale

TEXT_AT_MOST = 256 * 1024


class Edit(forms.Form):
    """`before` is the id of the text that was opened: another one now means somebody was faster."""

    text = forms.CharField(
        label=gettext_lazy("Text"),
        required=False,
        strip=False,
        max_length=TEXT_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 26, "class": "mono", "spellcheck": "true"}),
    )
    summary = forms.CharField(label=gettext_lazy("What changes"), max_length=200, required=False)
    before = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_text(self) -> str:
        return self.cleaned_data["text"].replace("\r\n", "\n")


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, kind: str, ns: str, name: str, path: str) -> HttpResponse:
    repo = load(request, kind, ns, name, "write")
    revision = revisions.resolve(repo)
    entry, old = _opened(Actor.of(request), revision, path)
    before = entry.oid if entry else ""
    initial = {"text": old if entry else _beginning(repo, path), "before": before}
    form = Edit(request.POST or None, initial=initial)
    wanted = request.POST.get("deed", "commit")
    if form.is_valid() and wanted == "commit":
        try:
            _commit(repo, revision, path, form.cleaned_data, before, request)
        except Refused as refused:
            form.add_error("text", str(refused))
        else:
            messages.success(request, _("Saved as a new revision."))
            return redirect(_after(repo, path))
    text = form.cleaned_data.get("text", "") if form.is_bound else initial["text"]
    context = {
        **frame(repo, Actor.of(request), "card" if path == cards.CARD else "files"),
        "form": form,
        "path": path,
        "is_new": entry is None,
        "cancel_url": _after(repo, path) if entry else address(repo, "tree", repo.default_branch),
        **(_preview(repo, path, old, text) if form.is_bound else {}),
    }
    status = 422 if form.errors else 200
    return render(request, "models_registry/edit.html", context, status=status)


@login_required
@require_POST
def remove(request: HttpRequest, kind: str, ns: str, name: str, path: str) -> HttpResponse:
    """Delete one file, as a commit: older revisions keep it."""
    repo = load(request, kind, ns, name, "write")
    revisions.entry(revisions.resolve(repo), path)
    revisions.commit(
        repo,
        author=request.user,
        operations=[revisions.DeletePath(path)],
        summary=f"Delete {path}",
        ref=repo.default_ref,
    )
    messages.success(request, _("Deleted. Older revisions still have it."))
    return redirect(address(repo, "tree", repo.default_branch))


def is_editable(entry: revisions.Entry) -> bool:
    return entry.is_file and not entry.lfs and entry.size <= TEXT_AT_MOST


def _opened(
    actor: Actor, revision: revisions.Revision, path: str
) -> tuple[revisions.Entry | None, str]:
    """Return the file with its text; (None, "") where there is none yet."""
    try:
        entry = revisions.entry(revision, path)
    except EntryNotFound:
        return None, ""
    files.pass_gate(actor, revision, path)
    content = revisions.read(entry) if is_editable(entry) else b"\0"
    if b"\0" in content:
        raise Refused(_("Only texts of at most 256 kB can be changed here."), code="NotAText")
    return entry, content.decode(errors="replace")


def _beginning(repo: Repo, path: str) -> str:
    """Return what a new card starts with, so that nobody has to know the format."""
    if path != cards.CARD:
        return ""
    licence = repo.licence.licence.hub_id if repo.licence else ""
    lines = ["---", f"license: {licence}", "language:", "tags: []", "---", "", f"# {repo.name}"]
    return "\n".join([*lines, "", "", ""])


def _commit(
    repo: Repo,
    revision: revisions.Revision,
    path: str,
    given: dict[str, str],
    before: str,
    request: HttpRequest,
) -> None:
    if given["before"] != before:
        raise Stale(
            _("Somebody changed this text since you opened it. Copy yours, then open it again.")
        )
    deed = "Update" if before else "Add"
    revisions.commit(
        repo,
        author=request.user,
        operations=[revisions.AddFile(path, given["text"].encode())],
        summary=given["summary"] or f"{deed} {path}",
        ref=repo.default_ref,
        parent=revision.oid,
    )


def _preview(repo: Repo, path: str, old: str, text: str) -> dict[str, object]:
    """Return what the text would look like and what it changes."""
    is_card = path == cards.CARD
    return {
        "lines": changes.between_texts(old, text),
        "markdown": without_front_matter(text) if path.lower().endswith(".md") else None,
        "markup_base": markup_base(repo, repo.default_branch, path),
        "validation": cards.validate(text, repo.kind) if is_card else None,
    }


def _after(repo: Repo, path: str) -> str:
    if path == cards.CARD:
        return repo.path
    return address(repo, "blob", repo.default_branch, path)
