"""People and organisations as the client asks for them. Nobody follows anybody here."""

from typing import Any

from django.db.models import Count
from django.http import HttpResponse

from models_registry import liking
from models_registry.hub_api.answers import json_answer
from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.paging import page_of
from models_registry.models import Repo
from models_registry.models.repos import Kind
from portal.access import Actor, require
from portal.errors import Missing
from portal.organisations.models import Membership, Organisation
from portal.people import profiles
from portal.people.models import Namespace, Person


def load_person(request: HubRequest, handle: str) -> Person:
    """Return the person with this handle, in any case; `Missing` for nobody and for who left."""
    owner = profiles.owner_of(handle)
    if not isinstance(owner, Person):
        raise Missing
    require(Actor.of(request), "see", owner)
    return owner


def load_organisation(request: HubRequest, handle: str) -> Organisation:
    owner = profiles.owner_of(handle)
    if not isinstance(owner, Organisation):
        raise Missing
    require(Actor.of(request), "see", owner)
    return owner


def person_overview(request: HubRequest, handle: str) -> HttpResponse:
    person = load_person(request, handle)
    memberships = person.memberships.select_related("organisation").order_by("pk")
    return json_answer(
        person_json(person)
        | repos_of(person.namespace, Actor.of(request))
        | {
            "details": person.bio or None,
            "numLikes": liking.liked_by(person, Actor.of(request)).count(),
            "numFollowers": 0,
            "numFollowing": 0,
            "orgs": [organisation_json(row.organisation) for row in memberships],
        }
    )


def organisation_overview(request: HubRequest, handle: str) -> HttpResponse:
    organisation = load_organisation(request, handle)
    return json_answer(
        organisation_json(organisation)
        | repos_of(organisation.namespace, Actor.of(request))
        | {
            "details": organisation.about or None,
            "isVerified": False,
            "numUsers": Membership.objects.filter(organisation=organisation).count(),
            "numFollowers": 0,
        }
    )


def members(request: HubRequest, handle: str) -> HttpResponse:
    rows = Membership.objects.filter(organisation=load_organisation(request, handle))
    rows = rows.select_related("person").order_by("-pk")
    return page_of(request, rows, lambda page: [person_json(row.person) for row in page])


def follows_of_person(request: HubRequest, handle: str) -> HttpResponse:
    """Followers and whom somebody follows: none, of a person who is there."""
    load_person(request, handle)
    return json_answer([])


def followers_of_organisation(request: HubRequest, handle: str) -> HttpResponse:
    load_organisation(request, handle)
    return json_answer([])


def person_json(person: Person) -> dict[str, Any]:
    return {
        "_id": person.opaque,
        "user": person.username,
        "fullname": person.shown_name,
        "avatarUrl": "",
        "type": "user",
        "isPro": False,
    }


def organisation_json(organisation: Organisation) -> dict[str, Any]:
    return {
        "_id": organisation.opaque,
        "name": organisation.handle,
        "fullname": organisation.shown_name,
        "avatarUrl": "",
        "type": "org",
    }


def repos_of(namespace: Namespace, actor: Actor) -> dict[str, int]:
    """Return how many repos of each kind the asker may see there."""
    rows = Repo.objects.visible_to(actor).filter(namespace=namespace)
    found = dict(rows.values("kind").annotate(n=Count("pk")).values_list("kind", "n"))
    return {
        "numModels": found.get(Kind.MODEL, 0),
        "numDatasets": found.get(Kind.DATASET, 0),
        "numSpaces": 0,
    }
