"""One's own account, and people."""

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.access import Actor, require
from portal.api.pagination import Pages
from portal.api.serializers import OwnAccount, PersonWithOrganisations, PublicPerson
from portal.errors import Missing, Unauthenticated
from portal.people import profiles
from portal.people.models import Person, Standing


def whoever_asks(request: Request) -> Person:
    """Return the person behind the credential; `Unauthenticated` without one."""
    person = Actor.of(request).person
    if person is None:
        raise Unauthenticated
    return person


class Me(APIView):
    @extend_schema(responses=OwnAccount)
    def get(self, request: Request) -> Response:
        """The account behind the credential."""
        person = whoever_asks(request)
        require(Actor.of(request), "read_own", person)
        return Response(OwnAccount(person).data)

    @extend_schema(request=OwnAccount, responses=OwnAccount)
    def patch(self, request: Request) -> Response:
        """Change one's profile, language and time zone."""
        person = whoever_asks(request)
        require(Actor.of(request), "edit", person)
        asked = OwnAccount(person, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        profiles.update(person, **asked.validated_data)
        return Response(OwnAccount(person).data)


@extend_schema(parameters=[OpenApiParameter("q", str, description="part of a handle or name")])
class People(ListAPIView[Person]):
    """People, by handle."""

    serializer_class = PublicPerson
    pagination_class = Pages

    def get_queryset(self):  # type: ignore[no-untyped-def]
        people = Person.objects.filter(is_active=True).exclude(standing=Standing.ERASED)
        wanted = self.request.query_params.get("q", "").strip()[:80]
        if wanted:
            people = people.filter(
                Q(username__icontains=wanted) | Q(display_name__icontains=wanted)
            )
        return people.order_by("username")


class OnePerson(APIView):
    @extend_schema(responses=PersonWithOrganisations)
    def get(self, request: Request, handle: str) -> Response:
        """A person's public profile."""
        person = profiles.owner_of(handle)
        if not isinstance(person, Person):
            raise Missing
        require(Actor.of(request), "see", person)
        return Response(PersonWithOrganisations(person).data)
