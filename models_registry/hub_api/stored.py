"""`GET /api/settings/repositories`, and an organisation's: what one's repos take of the room."""

from django.db.models import Sum
from django.http import HttpResponse

from models_registry import quotas
from models_registry.hub_api.answers import iso
from models_registry.hub_api.asking import HubRequest, signed_in
from models_registry.hub_api.owners import load_organisation
from models_registry.hub_api.paging import Rows, page_of
from models_registry.models import Repo, RepoBlob
from portal.access import Actor
from portal.errors import Missing
from portal.organisations.models import Membership
from portal.people.models import Namespace


def own(request: HubRequest) -> HttpResponse:
    return _answer(request, signed_in(request).namespace)


def of_organisation(request: HubRequest, handle: str) -> HttpResponse:
    """For its members; to others an organisation shows what is public, elsewhere."""
    person, organisation = signed_in(request), load_organisation(request, handle)
    if not Membership.objects.filter(organisation=organisation, person=person).exists():
        raise Missing
    return _answer(request, organisation.namespace)


def _answer(request: HubRequest, namespace: Namespace) -> HttpResponse:
    rows = Repo.objects.visible_to(Actor.of(request)).filter(namespace=namespace)
    rows = rows.select_related("namespace").order_by("-pk")
    return page_of(request, rows, lambda page: described(page, namespace))


def described(page: list[Repo], namespace: Namespace) -> Rows:
    """Return the rows of a page: what counts against the namespace, not what guests sent."""
    total = quotas.used(namespace)
    owned = RepoBlob.objects.filter(repo__in=page, charged=namespace)
    large = dict(owned.values("repo").annotate(n=Sum("blob__size")).values_list("repo", "n"))
    sizes = {repo.pk: repo.object_bytes + large.get(repo.pk, 0) for repo in page}
    return [
        {
            "id": repo.full_name,
            "type": repo.kind,
            "updatedAt": iso(repo.updated_at),
            "visibility": repo.visibility,
            "storage": sizes[repo.pk],
            "storagePercent": round(100 * sizes[repo.pk] / total, 2) if total else 0.0,
        }
        for repo in page
    ]
