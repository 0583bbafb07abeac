"""Files from a browser, as one commit: a plain form; a script adds the progress."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from models_registry import quotas, revisions, uploads
from models_registry.models import Repo
from models_registry.pages.loading import address, frame, load
from models_registry.storage import store
from models_registry.storage.ownership import own, owned
from portal.access import Actor
from portal.errors import Refused
from portal.people.models import Person

SAMPLE = 512
FILES_AT_MOST = 100


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    widget = SeveralFiles

    def clean(self, data: object, initial: object = None) -> list[UploadedFile]:
        given = data if isinstance(data, list | tuple) else [data]
        if len(given) > FILES_AT_MOST:
            raise forms.ValidationError(
                _("At most %(limit)d files at a time; use the “hf” command for more.")
                % {"limit": FILES_AT_MOST}
            )
        return [super(FilesField, self).clean(file, initial) for file in given]


class Upload(forms.Form):
    files = FilesField(label=_("Files"), allow_empty_file=True)  # type: ignore[assignment]
    folder = forms.CharField(
        label=_("Into the folder"),
        max_length=500,
        required=False,
        help_text=_("Leave empty for the top of the repo."),
    )
    summary = forms.CharField(label=_("What changes"), max_length=200, required=False)


@login_required
def upload(request: HttpRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind, ns, name, "write")
    form = Upload(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            commit_files(repo, form.cleaned_data, by=request.user)
        except Refused as refused:
            form.add_error("files", str(refused))
        else:
            messages.success(request, _("Uploaded."))
            return redirect(address(repo, "tree", repo.default_branch))
    context = {**frame(repo, Actor.of(request), "files"), "form": form}
    status = 422 if form.errors else 200
    return render(request, "models_registry/upload.html", context, status=status)


def commit_files(repo: Repo, wanted: dict, *, by: Person) -> revisions.Committed:
    """Store the large files, then write all of them as one commit on the default branch."""
    revision = revisions.resolve(repo)
    rules = uploads.rules(revision)
    files: Sequence[UploadedFile] = wanted["files"]
    quotas.check(quotas.charged_to(repo, by), sum(file.size or 0 for file in files))
    operations = [_operation(repo, rules, wanted["folder"], file, by) for file in files]
    names = ", ".join(str(file.name) for file in files[:3])
    return revisions.commit(
        repo,
        author=by,
        operations=operations,
        summary=wanted["summary"] or f"Upload {names}",
        ref=repo.default_ref,
    )


def _operation(
    repo: Repo, rules: "uploads.Rules", folder: str, file: UploadedFile, by: Person
) -> revisions.Operation:
    path = str(PurePosixPath(folder.strip().strip("/")) / str(file.name))
    sample = file.read(SAMPLE)
    file.seek(0)
    if rules.mode(path, file.size or 0, sample) == "regular":
        return revisions.AddFile(path, file.read())
    content = store.receive(file, expect_size=file.size)
    charged = quotas.charged_to(repo, by)
    with transaction.atomic():
        quotas.hold(charged)
        if not owned(repo, [content.sha256]):
            quotas.check(charged, content.size)
        own(repo, content, by=by, charged=charged)
    return revisions.AddLfs(path, content.sha256, content.size)
