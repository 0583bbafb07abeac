"""Organisations, their members and invitations."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.access import Actor, require
from portal.api.pagination import Pages
from portal.api.people import whoever_asks
from portal.api.serializers import (
    Answer,
    InvitationSerializer,
    MemberOfOrganisation,
    NewOrganisation,
    OrganisationSerializer,
    RoleChange,
)
from portal.errors import Missing, Unauthenticated
from portal.organisations import room
from portal.organisations.models import Invitation, Membership, Organisation
from portal.people.models import Person


def load(request: Request, handle: str, verb: str) -> Organisation:
    """Return the organisation if the caller may do `verb` to it."""
    organisation = Organisation.objects.filter(handle__iexact=handle).first()
    if organisation is None:
        raise Missing
    require(Actor.of(request), verb, organisation)
    return organisation


def caller_and(request: Request, handle: str, verb: str) -> tuple[Person, Organisation]:
    organisation = load(request, handle, verb)
    person = Actor.of(request).person
    if person is None:
        raise Unauthenticated
    return person, organisation


class Organisations(ListAPIView[Organisation]):
    """Organisations, by handle."""

    serializer_class = OrganisationSerializer
    pagination_class = Pages
    queryset = Organisation.objects.order_by("handle")

    @extend_schema(request=NewOrganisation, responses={201: OrganisationSerializer})
    def post(self, request: Request) -> Response:
        """Make an organisation; the caller becomes its owner."""
        person = whoever_asks(request)
        require(Actor.of(request), "create_organisation", person)
        asked = NewOrganisation(data=request.data)
        asked.is_valid(raise_exception=True)
        made = room.create(by=person, **asked.validated_data)
        return Response(
            OrganisationSerializer(made).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": f"{settings.PUBLIC_URL}/api/v1/organisations/{made.handle}"},
        )


class OneOrganisation(APIView):
    @extend_schema(responses=OrganisationSerializer)
    def get(self, request: Request, handle: str) -> Response:
        """An organisation."""
        return Response(OrganisationSerializer(load(request, handle, "see")).data)

    @extend_schema(request=OrganisationSerializer, responses=OrganisationSerializer)
    def patch(self, request: Request, handle: str) -> Response:
        """Change what the organisation says about itself."""
        person, organisation = caller_and(request, handle, "edit")
        asked = OrganisationSerializer(organisation, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        room.update(organisation, by=person, **asked.validated_data)
        return Response(OrganisationSerializer(organisation).data)


class Members(ListAPIView[Membership]):
    """The members of an organisation."""

    serializer_class = MemberOfOrganisation
    pagination_class = Pages

    def get_queryset(self):  # type: ignore[no-untyped-def]
        organisation = load(self.request, self.kwargs["handle"], "see")
        members = Membership.objects.filter(organisation=organisation).select_related("person")
        return members.order_by("person__username")


class OneMember(APIView):
    @extend_schema(request=RoleChange, responses={204: None})
    def put(self, request: Request, handle: str, member: str) -> Response:
        """Give a member another role."""
        person, organisation = caller_and(request, handle, "set_role")
        asked = RoleChange(data=request.data)
        asked.is_valid(raise_exception=True)
        room.set_role(organisation, by=person, handle=member, role=asked.validated_data["role"])
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, handle: str, member: str) -> Response:
        """End a membership; one's own counts as leaving."""
        own = member.lower() == whoever_asks(request).username.lower()
        person, organisation = caller_and(request, handle, "leave" if own else "remove_member")
        if own:
            room.leave(organisation, by=person)
        else:
            room.remove_member(organisation, by=person, handle=member)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Invitations(APIView):
    @extend_schema(responses=InvitationSerializer(many=True))
    def get(self, request: Request, handle: str) -> Response:
        """Invitations that nobody has answered yet."""
        organisation = load(request, handle, "see_invitations")
        found = Invitation.objects.filter(organisation=organisation)
        found = found.select_related("person", "invited_by")
        return Response(InvitationSerializer(found, many=True).data)

    @extend_schema(request=InvitationSerializer, responses={201: InvitationSerializer})
    def post(self, request: Request, handle: str) -> Response:
        """Invite somebody; they become a member when they accept."""
        person, organisation = caller_and(request, handle, "invite")
        asked = InvitationSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        made = room.invite(
            organisation,
            by=person,
            handle=asked.validated_data["person"]["username"],
            role=asked.validated_data.get("role", "member"),
        )
        return Response(InvitationSerializer(made).data, status=status.HTTP_201_CREATED)


class AnswerInvitation(APIView):
    @extend_schema(request=Answer, responses={204: None})
    def post(self, request: Request, handle: str) -> Response:
        """Take up an invitation, or turn it down."""
        person, organisation = caller_and(request, handle, "answer")
        asked = Answer(data=request.data)
        asked.is_valid(raise_exception=True)
        room.answer(organisation, by=person, join=asked.validated_data["join"])
        return Response(status=status.HTTP_204_NO_CONTENT)
