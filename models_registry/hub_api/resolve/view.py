"""Load, guard, find, answer. HEAD runs exactly what GET runs."""

from django.http import HttpResponseBase
from django.utils.http import parse_etags

from models_registry import downloads
from models_registry.hub_api.answers import base_url
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.loading import check_file, entry_of, load, revision_of
from models_registry.hub_api.resolve.answers import (
    metadata,
    not_modified,
    redirected,
    served,
)
from models_registry.models import Repo
from models_registry.revisions import Entry, Revision


def resolve(
    request: HubRequest, kind: str, ns: str, name: str, rev: str, path: str
) -> HttpResponseBase:
    """Answer with the file, or with the signed address of its bytes on the transfer side."""
    repo = load(request, kind=kind, ns=ns, name=name)
    revision = revision_of(repo, rev)
    is_open = check_file(request, revision, path)
    entry = entry_of(revision, path)
    if is_known_to_client(request, entry):
        response: HttpResponseBase = not_modified(entry)
    elif entry.content_key is not None:
        response = redirected(request, repo, revision, entry)
    else:
        count(request, repo, path)
        response = served(request, entry)
    name_xet(request, repo, revision, entry, response)
    return metadata(response, revision, entry, lasting=is_open and rev == revision.oid)


def name_xet(
    request: HubRequest, repo: Repo, revision: Revision, entry: Entry, response: HttpResponseBase
) -> None:
    """Tell clients that can that the file is to be had in chunks, and where to ask for leave."""
    if entry.xet is not None:
        prefix = f"{base_url(request)}/api/{repo.kind}s/{repo.full_name}"
        response["X-Xet-Hash"] = entry.xet
        response["Link"] = f'<{prefix}/xet-read-token/{revision.oid}>; rel="xet-auth"'


def is_known_to_client(request: HubRequest, entry: Entry) -> bool:
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return any(tag.removeprefix("W/") in (f'"{entry.etag}"', "*") for tag in known)


def count(request: HubRequest, repo: Repo, path: str) -> None:
    """Count a file given out here; HEAD and the continuation of a broken transfer are none."""
    if request.method == "GET" and "Range" not in request.headers:
        person = request.person.pk if request.person else None
        reader = downloads.reader_key(person, request.META.get("REMOTE_ADDR", ""))
        downloads.count(repo.pk, path, reader)
