"""`GET /api/models` and `/api/datasets`: search, filters, order, and the next page's address."""

import base64
import json
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from models_registry import gate
from models_registry.hub_api.answers import json_answer, with_next
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.bodies import flag, whole_number
from models_registry.hub_api.info import basics, expanded
from models_registry.models import Repo
from models_registry.models.repos import RepoQuerySet
from portal import search
from portal.access import Actor
from portal.errors import Invalid

PAGE, PAGE_AT_MOST = 100, 1000
ORDERS = {  # what clients may sort by; anything else is refused, never handed to the database
    "downloads": "downloads",
    "lastModified": "updated_at",
    "last_modified": "updated_at",
    "createdAt": "created_at",
    "created_at": "created_at",
    "trendingScore": "downloads",
    "trending_score": "downloads",
    "likes": "likes",
}
BOUND = re.compile(r"(?P<end>min|max):(?P<number>\d{1,15}(\.\d{1,6})?)(?P<unit>[KMBT]?)")
UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
FULL_KEYS = {"cardData", "siblings", "config"}
IN_LISTS = frozenset(
    {"_id", "id", "modelId", "author", "private", "gated", "disabled", "createdAt", "lastModified"}
    | {"downloads", "likes", "tags", "library_name", "pipeline_tag", "sha"}
)


def repos(request: HubRequest, kind: str) -> HttpResponse:
    """One page of the repos that the actor may see, as the query asks for them."""
    limit = whole_number(request, "limit", PAGE, PAGE_AT_MOST)
    column = order_of(request)
    rows = filtered(Repo.objects.visible_to(Actor.of(request)).filter(kind=kind), request, kind)
    rows = after_cursor(rows, request, column)
    found = list(rows.select_related("namespace").order_by(f"-{column}", "-pk")[: limit + 1])
    page = found[:limit]
    modes = gate.modes_of(page)
    keys = keys_asked(request)
    response = json_answer([item(repo, keys, modes[repo.pk]) for repo in page])
    if len(found) > limit:
        return with_next(request, response, limit=limit, cursor=cursor(page[-1], column))
    return response


def keys_asked(request: HubRequest) -> set[str]:
    """Return the keys that each item of the list has."""
    if wanted := expanded(request):
        return wanted | {"_id", "id"}
    keys = set(IN_LISTS)
    if flag(request, "full"):
        keys |= FULL_KEYS
    if flag(request, "cardData"):
        keys.add("cardData")
    if flag(request, "config"):
        keys.add("config")
    return keys


def item(repo: Repo, keys: set[str], mode: str) -> dict[str, Any]:
    return {key: value for key, value in basics(repo, gated=mode).items() if key in keys}


def order_of(request: HubRequest) -> str:
    asked = request.GET.get("sort", "") or "lastModified"
    if asked not in ORDERS or request.GET.get("direction", "-1") not in ("-1", ""):
        raise Invalid(
            _(
                "Repos are sorted by downloads, likes, lastModified, createdAt or trendingScore, "
                "the largest first."
            )
        )
    return ORDERS[asked]


def filtered(rows: RepoQuerySet, request: HubRequest, kind: str) -> RepoQuerySet:
    """Apply what the query asks for; every name in the query is one that this function knows."""
    query = request.GET
    rows = search.narrow(rows, kind, " ".join(query.getlist("search")))
    if author := query.get("author"):
        rows = rows.filter(namespace__key=author.lower())
    for tag in tags_asked(request):
        rows = rows.filter(tags__tag=tag)
    if task := query.get("pipeline_tag"):
        rows = rows.filter(pipeline_tag=task)
    if asked := query.get("num_parameters"):
        rows = rows.filter(**parameters_asked(asked))
    if query.get("inference"):
        rows = rows.none()  # no repo here answers requests for inference
    if gated := query.get("gated"):
        rows = rows.open() if gated.lower() == "false" else rows.gated()
    return rows


def tags_asked(request: HubRequest) -> list[str]:
    """Return the tags of `filter` (repeated or with commas) and of the named facets."""
    asked = [tag for value in request.GET.getlist("filter") for tag in value.split(",")]
    asked += request.GET.getlist("apps") + request.GET.getlist("library")
    asked += [f"license:{value}" for value in request.GET.getlist("license")]
    asked += [f"language:{value}" for value in request.GET.getlist("language")]
    return [tag.strip() for tag in asked if tag.strip()][:20]


def parameters_asked(text: str) -> dict[str, float]:
    """Return the filter that `min:6B,max:12.5B` means; either bound may be missing."""
    bounds: dict[str, float] = {}
    for part in text.split(","):
        bound = BOUND.fullmatch(part.strip())
        if bound is None:
            raise Invalid(_("“num_parameters” is written like “min:6B,max:12B”."))
        lookup = "gte" if bound["end"] == "min" else "lte"
        bounds[f"weights__total__{lookup}"] = float(bound["number"]) * UNITS[bound["unit"]]
    return bounds


def cursor(repo: Repo, column: str) -> str:
    """Return the place of `repo` in the order, for the next page to go on behind it."""
    value = getattr(repo, column)
    place = [column, value if isinstance(value, int) else value.isoformat(), repo.pk]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def after_cursor(rows: RepoQuerySet, request: HubRequest, column: str) -> RepoQuerySet:
    given = request.GET.get("cursor")
    if given is None:
        return rows
    try:
        named, value, pk = json.loads(base64.b64decode(given, altchars=b"-_", validate=True))
        field: Any = Repo._meta.get_field(column)
        value, pk = field.to_python(value), int(pk)
        if named != column:
            raise ValueError(named)
    except (ValueError, TypeError, OverflowError, ValidationError) as error:
        raise Invalid(_("“cursor” is not one that this server gave.")) from error
    return rows.filter(Q(**{f"{column}__lt": value}) | Q(**{column: value, "pk__lt": pk}))
