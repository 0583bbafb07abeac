"""`GET …/safetensors-metadata/<index>`: the headers of all shards in one answer."""

from django.http import HttpResponse

from models_registry.hub_api.answers import json_answer
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.loading import entry_of, load_content, revision_of
from models_registry.revisions import shards


def metadata(request: HubRequest, kind: str, ns: str, name: str, path: str) -> HttpResponse:
    """Tell of tensors what the files tell: to those who may read the files."""
    repo = load_content(request, kind=kind, ns=ns, name=name)
    revision = revision_of(repo, repo.default_branch)
    entry_of(revision, path)
    index = shards.index_in(revision, path)
    found = shards.headers(revision, path, index)
    told = {key: value for key, value in index.items() if key != "weight_map"}
    response = json_answer({"index": told, "headers": found})
    response["X-Repo-Commit"] = revision.oid
    return response
