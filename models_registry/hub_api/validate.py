"""`POST /api/validate-yaml`: is this README's front matter one that a commit may carry."""

from django.http import HttpResponse

from models_registry import cards
from models_registry.hub_api.answers import json_answer
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.bodies import json_body, text_field
from models_registry.models.repos import Kind

CARD_LIMIT = 1024 * 1024


def validate_yaml(request: HubRequest) -> HttpResponse:
    """Answer errors and warnings; 400 where there are errors, always as JSON."""
    body = json_body(request)
    content = text_field(body, "content", limit=CARD_LIMIT)
    kind = body.get("repoType") if body.get("repoType") in Kind.values else Kind.MODEL
    found = cards.validate(content.lstrip("\ufeff\r\n"), str(kind))
    told = {
        "errors": [{"message": text} for text in found.errors],
        "warnings": [{"message": text} for text in found.warnings],
    }
    return json_answer(told, status=400 if found.errors else 200)
