"""What the foundation's objects look like in JSON. A field that is not here is not writable."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.organisations.models import Invitation, Membership, Organisation, Role
from portal.people.forms import PreferencesForm
from portal.people.handles import LONGEST
from portal.people.models import Person
from portal.tokens.models import AccessToken, TokenRole
from portal.tokens.scopes import NAMED


@extend_schema_field(OpenApiTypes.URI)
class UrlOnPublicAddress(serializers.Field[Any, Any, str, Any]):
    """The page of an object, in full."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str:
        return settings.PUBLIC_URL + str(value.get_absolute_url())


class MembershipOfPerson(serializers.ModelSerializer[Membership]):
    organisation = serializers.CharField(source="organisation.handle")

    class Meta:
        model = Membership
        fields = ("organisation", "role", "since")


class PublicPerson(serializers.ModelSerializer[Person]):
    """What everybody may know of a person."""

    handle = serializers.CharField(source="username", read_only=True)
    about = serializers.CharField(source="bio", read_only=True)
    url = UrlOnPublicAddress()

    class Meta:
        model = Person
        fields = ("handle", "display_name", "about", "website", "date_joined", "url")
        read_only_fields = fields


class PersonWithOrganisations(PublicPerson):
    organisations = MembershipOfPerson(source="memberships", many=True, read_only=True)

    class Meta(PublicPerson.Meta):
        fields = (*PublicPerson.Meta.fields, "organisations")
        read_only_fields = fields


class OwnAccount(PersonWithOrganisations):
    """What a person may know of their own account, and change of it."""

    about = serializers.CharField(source="bio", required=False, allow_blank=True, max_length=2000)

    class Meta(PersonWithOrganisations.Meta):
        fields = (
            *PersonWithOrganisations.Meta.fields,
            "email",
            "language",
            "time_zone",
            "standing",
            "standing_until",
        )
        read_only_fields = (
            "date_joined",
            "email",
            "standing",
            "standing_until",
        )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hold language and zone against the same choices as the form of the settings."""
        choices = PreferencesForm().fields
        for name in ("language", "time_zone"):
            if name in attrs and not choices[name].valid_value(attrs[name]):  # type: ignore[attr-defined]
                raise serializers.ValidationError({name: [_("This is not one of the choices.")]})
        return attrs


class OrganisationSerializer(serializers.ModelSerializer[Organisation]):
    url = UrlOnPublicAddress()

    class Meta:
        model = Organisation
        fields = ("handle", "display_name", "about", "website", "created_at", "url")
        read_only_fields = ("handle", "created_at")


class NewOrganisation(OrganisationSerializer):
    handle = serializers.CharField(max_length=LONGEST)

    class Meta(OrganisationSerializer.Meta):
        read_only_fields = ("created_at",)


class MemberOfOrganisation(serializers.ModelSerializer[Membership]):
    handle = serializers.CharField(source="person.username")
    display_name = serializers.CharField(source="person.display_name")

    class Meta:
        model = Membership
        fields = ("handle", "display_name", "role", "since")


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    handle = serializers.CharField(source="person.username")
    invited_by = serializers.CharField(source="invited_by.username", read_only=True)

    class Meta:
        model = Invitation
        fields = ("handle", "role", "invited_by", "created_at")
        read_only_fields = ("created_at",)


class RoleChange(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)


class Answer(serializers.Serializer[Any]):
    join = serializers.BooleanField()


class TokenSerializer(serializers.ModelSerializer[AccessToken]):
    class Meta:
        model = AccessToken
        fields = (
            "id",
            "name",
            "role",
            "scopes",
            "hint",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
            "revoked_because",
        )
        read_only_fields = fields


class MadeToken(TokenSerializer):
    """A token just made, with its secret: the only answer that has it."""

    token = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "token")
        read_only_fields = fields


class GrantedScopes(serializers.Serializer[Any]):
    """`only` maps `namespace` or `namespace/name` to scopes that hold there."""

    everywhere = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(NAMED)), required=False, max_length=50
    )
    only = serializers.DictField(
        child=serializers.ListField(
            child=serializers.ChoiceField(choices=sorted(NAMED)), max_length=50
        ),
        required=False,
    )


class NewToken(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    role = serializers.ChoiceField(choices=TokenRole.choices)
    scopes = GrantedScopes(required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class LeakedToken(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=200)
