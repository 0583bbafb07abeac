"""`GET /api/models/<id>[/revision/<rev>]`: what is known of a repo. Readable before the gate."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse

from models_registry import cards, gate, results, revisions
from models_registry.formats.lfs import pointer
from models_registry.hub_api.answers import iso, json_answer
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.bodies import flag
from models_registry.hub_api.loading import load, revision_of
from models_registry.hub_api.warnings import warn
from models_registry.models import Repo
from models_registry.models.repos import Kind
from models_registry.revisions import Entry, Revision
from portal.access import Actor

SIBLINGS_AT_MOST = 50_000


def info(
    request: HubRequest, kind: str, ns: str, name: str, rev: str | None = None
) -> HttpResponse:
    repo = load(request, kind=kind, ns=ns, name=name)
    revision = revision_of(repo, rev or repo.default_branch)
    wanted = expanded(request)
    asked = gate.requirements(repo, request.person)
    warn_of_licences(request, repo, asked)
    told = basics(repo, gated=gate.mode_of(asked)) | of_revision(revision)
    if not wanted or "siblings" in wanted:
        told["siblings"] = siblings(revision, blobs=flag(request, "blobs"))
    if kind == Kind.MODEL and (not wanted or "evalResults" in wanted):
        told["evalResults"] = results.of_repo(repo) if repo.results_oid else []
    if flag(request, "securityStatus") or "securityRepoStatus" in wanted:
        told["securityRepoStatus"] = {"scansDone": False, "filesWithIssues": []}
    response = json_answer(only(told, wanted))
    response["X-Repo-Commit"] = revision.oid
    return response


def warn_of_licences(request: HubRequest, repo: Repo, asked: Sequence[gate.Requirement]) -> None:
    """Tell whoever accepted another version of a licence than the one in force."""
    for row in asked:
        if row.accepted_before:
            sentence = gate.licence_sentence(Actor.of(request), repo, row)
            warn(request, f"licence-{row.repo.pk}", sentence)


def expanded(request: HubRequest) -> set[str]:
    """Return the keys that `expand` asks for, written `expand`, `expand[]` or with commas."""
    asked = request.GET.getlist("expand") + request.GET.getlist("expand[]")
    return {key for value in asked for key in value.split(",") if key}


def only(told: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    """Return what was asked for; with no `expand`, everything. Unknown keys are left out."""
    if not wanted:
        return told
    return {key: value for key, value in told.items() if key in wanted | {"_id", "id"}}


def basics(repo: Repo, *, gated: str) -> dict[str, Any]:
    """Return what lists tell of a repo, without looking into a revision."""
    card = repo.card if isinstance(repo.card, dict) else {}
    told: dict[str, Any] = {
        "_id": f"{repo.pk:024x}",
        "id": repo.full_name,
        "author": repo.namespace.name,
        "private": repo.is_private,
        "gated": gated or False,
        "disabled": False,
        "createdAt": iso(repo.created_at),
        "lastModified": iso(repo.updated_at),
        "downloads": repo.downloads,
        "downloadsAllTime": repo.downloads,
        "likes": repo.likes,
        "tags": sorted(cards.tags_of(card)),
        "cardData": card,
    }
    if repo.kind == "model":
        told |= of_model(repo)
    if repo.head_oid:
        told["sha"] = repo.head_oid
    return told


def of_model(repo: Repo) -> dict[str, Any]:
    told: dict[str, Any] = {"modelId": repo.full_name, "config": {}, "inference": None}
    if repo.library_name:
        told["library_name"] = repo.library_name
    if repo.pipeline_tag:
        told["pipeline_tag"] = repo.pipeline_tag
    if repo.weights:
        told["safetensors"] = repo.weights
    return told


def of_revision(revision: Revision) -> dict[str, Any]:
    return {"sha": revision.oid, "lastModified": iso(revision.when)}


def siblings(revision: Revision, *, blobs: bool) -> list[dict[str, Any]]:
    """Return the files of the revision; with `blobs`, also what is known of each."""
    found = revisions.listing(revision, recursive=True, limit=SIBLINGS_AT_MOST, sizes=blobs)
    return [sibling(entry, blobs=blobs) for entry in found if entry.is_file]


def sibling(entry: Entry, *, blobs: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"rfilename": entry.path}
    if blobs:
        told |= {"size": entry.size, "blobId": entry.oid}
        if entry.lfs:
            size = len(pointer(entry.lfs, entry.size))
            told["lfs"] = {"sha256": entry.lfs, "size": entry.size, "pointerSize": size}
    return told
