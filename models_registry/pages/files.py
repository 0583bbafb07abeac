"""A repo's files at one revision: folders, one file, and the way to its bytes."""

import json
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_registry import gate, revisions
from models_registry.cards import without_front_matter
from models_registry.formats.safetensors import Malformed, read_header
from models_registry.models import Ref, Repo
from models_registry.pages.loading import (
    Place,
    address,
    frame,
    load,
    markup_base,
    place,
    refs_of,
)
from models_registry.sizes import sizes_of
from models_registry.storage import content_address
from portal.access import Actor, require

PAGE = 50  # what costs on this page is drawing its rows
TEXT_AT_MOST = 256 * 1024
TENSORS_SHOWN = 500
IMAGES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif"}


@dataclass(frozen=True)
class View:
    """How a file is shown: `shape` is markdown, text, tensors, image, binary, large or gated."""

    shape: str
    text: str = ""
    tensors: tuple = ()
    more: int = 0
    image: str = ""
    refusal: object = ""
    accept_url: str = ""


@require_safe
def tree(request: HttpRequest, kind: str, ns: str, name: str, rest: str = "") -> HttpResponse:
    repo = load(request, kind, ns, name)
    refs = refs_of(repo)
    where, revision = place(request, repo, rest, refs)
    after = request.GET.get("after")
    found = revisions.listing(revision, where.path, after=after, limit=PAGE + 1)
    shown = sorted(found[:PAGE], key=lambda item: (item.is_file, item.path.lower()))
    last = revisions.last_commits(revision, [item.path for item in shown])
    rows = [
        {"entry": item, "name": PurePosixPath(item.path).name, "commit": last.get(item.path)}
        for item in shown
    ]
    context = {
        **_context(repo, where, revision, refs),
        "rows": rows,
        "older": found[PAGE - 1].cursor if len(found) > PAGE else "",
        "newest": next(iter(revisions.history(revision, limit=1)), None),
        "parent": _above(where.path),
        "sizes": None if where.path else sizes_of(revision),
        "upload_url": address(repo, "upload"),
        "sums_url": address(repo, "sha256sums", where.rev),
        "has_card": any(item.path == "README.md" for item in shown) or bool(where.path),
        "edit_url": address(repo, "edit", "", "README.md"),
    }
    return render(request, "models_registry/tree.html", context)


@require_safe
def blob(request: HttpRequest, kind: str, ns: str, name: str, rest: str) -> HttpResponse:
    repo = load(request, kind, ns, name)
    refs = refs_of(repo)
    where, revision = place(request, repo, rest, refs)
    entry = revisions.entry(revision, where.path)
    if not entry.is_file:
        return HttpResponseRedirect(where.tree_url(where.path))
    context = {
        **_context(repo, where, revision, refs),
        "entry": entry,
        "file_name": PurePosixPath(entry.path).name,
        "commit": revisions.last_commits(revision, [entry.path]).get(entry.path),
        "view": _view(where, revision, entry),
        "markup_base": markup_base(repo, where.rev, entry.path),
        "download_url": address(repo, "download", where.rev, entry.path),
        "edit_url": _edit_url(where, entry),
    }
    return render(request, "models_registry/blob.html", context)


@require_safe
def download(request: HttpRequest, kind: str, ns: str, name: str, rest: str) -> HttpResponse:
    """Send a browser's person to the bytes of a file, after the gate."""
    repo = load(request, kind, ns, name)
    where, revision = place(request, repo, rest)
    entry = revisions.entry(revision, where.path)
    if not entry.is_file:
        raise Http404
    pass_gate(where.actor, revision, entry.path)
    answer = HttpResponseRedirect(content_address(where.actor.person, repo, entry))
    answer["Cache-Control"] = "private, no-store"
    return answer


def _above(path: str) -> str | None:
    """Return the folder above a path; None at the top."""
    return str(PurePosixPath(path).parent).removeprefix(".") if path else None


def pass_gate(actor: Actor, revision: revisions.Revision, path: str) -> None:
    require(actor, "download", revision.repo)
    if not gate.is_ungated_file(path, revision):
        gate.check(actor, revision.repo)


def _context(
    repo: Repo, where: Place, revision: revisions.Revision, refs: list[Ref]
) -> dict[str, object]:
    return {
        **frame(repo, where.actor, "files"),
        "where": where,
        "revision": revision,
        "refs": refs,
    }


def _edit_url(where: Place, entry: revisions.Entry) -> str:
    """Return where this file is changed; "" where it cannot be, here or in this revision."""
    if where.rev != where.repo.default_branch or entry.lfs or entry.size > TEXT_AT_MOST:
        return ""
    return address(where.repo, "edit", "", entry.path)


def _view(where: Place, revision: revisions.Revision, entry: revisions.Entry) -> View:
    try:
        pass_gate(where.actor, revision, entry.path)
    except gate.Gated as refusal:
        return View("gated", refusal=refusal)
    suffix = PurePosixPath(entry.path).suffix.lower()
    if suffix == ".safetensors":
        return _tensors(entry)
    if suffix in IMAGES:
        return View("image", image=content_address(where.actor.person, where.repo, entry))
    if entry.size > TEXT_AT_MOST:
        return View("large")
    return _text(entry, suffix)


def _text(entry: revisions.Entry, suffix: str) -> View:
    content = revisions.read(entry)
    if b"\0" in content[:8192]:
        return View("binary")
    text = content.decode(errors="replace")
    if suffix == ".md":
        return View("markdown", text=without_front_matter(text))
    if suffix == ".json":
        text = _indented(text)
    return View("text", text=text)


def _indented(text: str) -> str:
    """Return JSON on several lines where it came on one; anything else as it is."""
    if "\n" in text.strip() or len(text) > TEXT_AT_MOST // 4:
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _tensors(entry: revisions.Entry) -> View:
    try:
        with revisions.open_entry(entry) as file:
            header = read_header(file, entry.size)
    except Malformed:
        return View("binary")
    tensors = sorted(header.values(), key=lambda tensor: tensor.name)
    shown = tuple(islice(tensors, TENSORS_SHOWN))
    return View("tensors", tensors=shown, more=len(tensors) - len(shown))
