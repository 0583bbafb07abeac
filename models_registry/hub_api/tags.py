"""`GET /api/models-tags-by-type` and `/api/datasets-tags-by-type`."""

from django.http import HttpResponse

from models_registry.hub_api.answers import json_answer
from models_registry.hub_api.asking import HubRequest
from models_registry.tags import by_type, label_of


def tags(request: HubRequest, kind: str) -> HttpResponse:
    return json_answer(
        {
            type_: [{"id": tag, "label": label_of(tag), "type": type_} for tag in found]
            for type_, found in by_type(kind).items()
        }
    )
