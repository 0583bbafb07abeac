"""Addresses of the Hub protocol, matched against the still-quoted path. None has a name."""

from typing import Any

from django.urls import URLPattern, path, re_path

from models_registry.git_http import views as git_http
from models_registry.hub_api import (
    access_requests,
    commits,
    converters,  # noqa: F401  (registers the converters)
    copies,
    discussions,
    errors,
    info,
    leaderboard,
    lfs_files,
    likes,
    listing,
    oauth,
    owners,
    preupload,
    refs,
    repos,
    safetensors,
    stored,
    tags,
    tree,
    unknown,
    validate,
    whoami,
    xet_tokens,
)
from models_registry.hub_api.answers import by_method
from models_registry.hub_api.commit import view as commit
from models_registry.hub_api.lfs import batch as lfs
from models_registry.hub_api.resolve import view as resolve

UNKNOWN = (
    r"^(?:api/(?:spaces|jobs|buckets|kernels|papers|daily_papers|sandboxes|collections|inference"
    r"|scheduled-jobs|settings/webhooks)|spaces|kernels)(?:/|$)"
)
NOT_IN_REPOS = r"^api/(?:models|datasets)/[^/]+/[^/]+/(?:notebook|webhooks)(?:/|$)"
WITHOUT_NAMESPACE = (
    r"^(?:api/(?:models|datasets)/[^/]+(?:/(?:revision|tree|refs|commits)(?:/.*)?)?"
    r"|(?:datasets/)?[^/]+/resolve/.*)$"
)
REPO = "api/<type:kind>/<name:ns>/<name:name>"


def of_repo(rest: str, **views: Any) -> URLPattern:
    """Return the address of something in a repo: `api/models/<ns>/<name>/<rest>`."""
    return path(f"{REPO}/{rest}" if rest else REPO, by_method(**views))


def files(door: str, view: Any, *, git: bool = False) -> list[URLPattern]:
    """Return the addresses of a repo's files: models stand at the root. `git`: `<name>.git`."""
    tail = "<name:ns>/<gitname:name>.git" if git else "<name:ns>/<name:name>"
    tail = f"{tail}/{door}" if door else tail
    return [
        path(tail, view, {"kind": "model"}),
        path(f"models/{tail}", view, {"kind": "model"}),
        path(f"datasets/{tail}", view, {"kind": "dataset"}),
    ]


def git_doors(door: str, view: Any) -> list[URLPattern]:
    """Return the addresses of one of git's own: with and without `.git`."""
    return files(door, view, git=True) + files(door, view)


def lfs_doors(door: str, view: Any) -> list[URLPattern]:
    """Return the addresses of an LFS endpoint: git-lfs asks with and without `.git`."""
    posted = by_method(POST=view)
    return files(f"info/lfs/{door}", posted, git=True) + files(f"info/lfs/{door}", posted)


urlpatterns = [
    # First, since it is asked most; no namespace is called `api`, and no other address matches.
    *files("resolve/<segment:rev>/<tail:path>", by_method(GET=resolve.resolve)),
    path("api/whoami-v2", by_method(GET=whoami.whoami)),
    path("oauth/device", by_method(POST=oauth.device)),
    path("oauth/token", by_method(POST=oauth.token)),
    path("api/validate-yaml", by_method(POST=validate.validate_yaml)),
    path("api/repos/create", by_method(POST=repos.create)),
    path("api/repos/delete", by_method(DELETE=repos.delete)),
    path("api/repos/move", by_method(POST=repos.move)),
    path("api/models", by_method(GET=listing.repos), {"kind": "model"}),
    path("api/datasets", by_method(GET=listing.repos), {"kind": "dataset"}),
    path("api/models-tags-by-type", by_method(GET=tags.tags), {"kind": "model"}),
    path("api/datasets-tags-by-type", by_method(GET=tags.tags), {"kind": "dataset"}),
    path("api/users/<name:handle>/overview", by_method(GET=owners.person_overview)),
    path("api/users/<name:handle>/likes", by_method(GET=likes.of_person)),
    path("api/users/<name:handle>/followers", by_method(GET=owners.follows_of_person)),
    path("api/users/<name:handle>/following", by_method(GET=owners.follows_of_person)),
    path("api/organizations/<name:handle>/overview", by_method(GET=owners.organisation_overview)),
    path("api/organizations/<name:handle>/members", by_method(GET=owners.members)),
    path(
        "api/organizations/<name:handle>/followers",
        by_method(GET=owners.followers_of_organisation),
    ),
    path(
        "api/organizations/<name:handle>/settings/repositories",
        by_method(GET=stored.of_organisation),
    ),
    path("api/settings/repositories", by_method(GET=stored.own)),
    of_repo("", GET=info.info),
    of_repo("revision/<segment:rev>", GET=info.info),
    of_repo("settings", PUT=repos.settings),
    of_repo("refs", GET=refs.listed),
    of_repo("branch/<tail:branch>", POST=refs.create_branch, DELETE=refs.delete_branch),
    of_repo("tag/<tail:rev>", POST=refs.create_tag, DELETE=refs.delete_tag),
    of_repo("super-squash/<segment:branch>", POST=refs.super_squash),
    of_repo("like", POST=likes.like, DELETE=likes.unlike),
    of_repo("likers", GET=likes.likers),
    of_repo("lfs-files", GET=lfs_files.listed),
    of_repo("lfs-files/batch", POST=lfs_files.delete),
    of_repo("lfs-files/duplicate", POST=copies.files),
    of_repo("duplicate", POST=copies.repo),
    path(
        "api/datasets/<name:ns>/<name:name>/leaderboard",
        by_method(GET=leaderboard.of_dataset),
        {"kind": "dataset"},
    ),
    path("api/datasets/<name:slug>/leaderboard", by_method(GET=leaderboard.of_benchmark)),
    of_repo("safetensors-metadata/<tail:path>", GET=safetensors.metadata),
    of_repo("auth-check", GET=access_requests.auth_check),
    path(f"{REPO}/auth-check/write", by_method(GET=access_requests.auth_check), {"verb": "write"}),
    of_repo("user-access-request/handle", POST=access_requests.handle),
    of_repo("user-access-request/grant", POST=access_requests.grant),
    of_repo("user-access-request/<state:state>", GET=access_requests.listed),
    of_repo("tree/<segment:rev>", GET=tree.tree),
    of_repo("tree/<segment:rev>/<tail:path>", GET=tree.tree),
    of_repo("paths-info/<segment:rev>", POST=tree.paths_info),
    of_repo("commits/<segment:rev>", GET=commits.commits),
    of_repo("preupload/<segment:rev>", POST=preupload.preupload),
    of_repo("commit/<segment:rev>", POST=commit.commit),
    of_repo("discussions", GET=discussions.listed, POST=discussions.create),
    of_repo("discussions/<number:number>", GET=discussions.details),
    of_repo("discussions/<number:number>/comment", POST=discussions.comment),
    of_repo("discussions/<number:number>/title", POST=discussions.title),
    of_repo("discussions/<number:number>/status", POST=discussions.status),
    of_repo("discussions/<number:number>/merge", POST=discussions.merge),
    of_repo("discussions/<number:number>/comment/<name:entry>/edit", POST=discussions.edit),
    of_repo("discussions/<number:number>/comment/<name:entry>/hide", POST=discussions.hide),
    of_repo("xet-read-token/<segment:rev>", GET=xet_tokens.read_token),
    of_repo("xet-write-token/<segment:rev>", GET=xet_tokens.write_token),
    *lfs_doors("objects/batch", lfs.batch),
    *lfs_doors("verify", lfs.verify),
    *files("ask-access", by_method(POST=access_requests.ask)),
    *git_doors("info/refs", by_method(GET=git_http.info_refs)),
    *git_doors("git-upload-pack", by_method(POST=git_http.upload_pack)),
    *git_doors("git-receive-pack", by_method(POST=git_http.receive_pack)),
    *files("", by_method(GET=unknown.git), git=True),
    re_path(UNKNOWN, unknown.elsewhere),
    re_path(NOT_IN_REPOS, unknown.elsewhere),
    re_path(WITHOUT_NAMESPACE, unknown.no_namespace),
    re_path(r"", unknown.fallback),
]
handler400 = errors.bad_request
handler404 = errors.not_found
handler500 = errors.server_error
