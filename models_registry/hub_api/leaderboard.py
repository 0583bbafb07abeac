"""`GET /api/datasets/<id>/leaderboard`: which models have which results on a data set.

A benchmark of this portal has a short name without an owner, which stands where the id of a data
set does. Results that models only claim come last, marked as not verified.
"""

from typing import Any

from django.http import HttpResponse

from models_registry import results
from models_registry.hub_api.answers import json_answer
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.errors import RepoNotFound
from models_registry.hub_api.loading import load
from models_registry.hub_api.owners import organisation_json, person_json
from models_registry.models import EvalResult
from portal.access import Actor
from portal.people.models import Namespace


def of_dataset(request: HubRequest, kind: str, ns: str, name: str) -> HttpResponse:
    repo = load(request, kind=kind, ns=ns, name=name)
    return _answer(request, repo.full_name, may_be_empty=True)


def of_benchmark(request: HubRequest, slug: str) -> HttpResponse:
    return _answer(request, slug, may_be_empty=False)


def _answer(request: HubRequest, dataset: str, *, may_be_empty: bool) -> HttpResponse:
    originals = request.GET.get("base_model", "").lower() in ("true", "1")
    rows = list(results.board(dataset, Actor.of(request), originals=originals))
    if not rows and not may_be_empty:
        raise RepoNotFound(signed_in=request.person is not None)
    return json_answer([entry(rank, row) for rank, row in enumerate(rows, 1)])


def entry(rank: int, row: EvalResult) -> dict[str, Any]:
    told: dict[str, Any] = {
        "rank": rank,
        "modelId": row.repo.full_name,
        "value": row.value,
        "filename": row.filename,
        "verified": row.verified,
        "author": author(row.repo.namespace),
        "taskId": row.data["dataset"]["task_id"],
    }
    if source := row.data.get("source"):
        told["source"] = source | {"isExternal": not row.verified}
    if notes := row.data.get("notes"):
        told["notes"] = notes
    return told


def author(namespace: Namespace) -> dict[str, Any]:
    """Return who owns the model, as the client tells people and organisations apart."""
    if namespace.organisation is not None:
        return organisation_json(namespace.organisation)
    assert namespace.person is not None
    return {"name": namespace.name} | person_json(namespace.person)
