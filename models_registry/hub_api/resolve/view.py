"""Load, guard, find, answer. HEAD runs exactly what GET runs."""

from django.http import HttpResponseBase
from django.utils.http import parse_etags

from models_registry import downloads
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.loading import check_file, entry_of, load, revision_of
from models_registry.hub_api.resolve.answers import (
    metadata,
    not_modified,
    redirected,
    served,
)
from models_registry.models import Repo
from models_registry.revisions import Entry


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
    return metadata(response, revision, entry, lasting=is_open and rev == revision.oid)


def is_known_to_client(request: HubRequest, entry: Entry) -> bool:
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return any(tag.removeprefix("W/") in (f'"{entry.etag}"', "*") for tag in known)


def count(request: HubRequest, repo: Repo, path: str) -> None:
    """Count a file given out here; HEAD and the continuation of a broken transfer are none."""
    if request.method == "GET" and "Range" not in request.headers:
        person = request.person.pk if request.person else None
        reader = downloads.reader_key(person, request.META.get("REMOTE_ADDR", ""))
        downloads.count(repo.pk, path, reader)
