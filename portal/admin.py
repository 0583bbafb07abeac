"""What operators see of the foundation: people, organisations, tokens. Deeds stay in the rooms."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from portal.organisations.models import Membership, Organisation
from portal.people.models import Person
from portal.tokens.models import AccessToken


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin):
    list_display = ("username", "display_name", "standing", "is_staff", "is_active", "date_joined")
    list_filter = ("standing", "is_staff", "is_active", "is_demo")
    search_fields = ("username", "display_name", "email")
    fields = (
        "username",
        "opaque",
        "email",
        "display_name",
        "bio",
        "website",
        "language",
        "time_zone",
        "standing",
        "standing_until",
        "is_active",
        "is_staff",
        "is_superuser",
        "is_demo",
        "date_joined",
        "last_login",
    )
    readonly_fields = (
        "username",
        "opaque",
        "email",
        "standing",
        "standing_until",
        "is_demo",
        "date_joined",
        "last_login",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser makes staff, and nobody makes or unmakes themselves."""
        fields = list(super().get_readonly_fields(request, obj))
        if not request.user.is_superuser or (obj is not None and obj.pk == request.user.pk):
            fields += ["is_staff", "is_superuser", "is_active"]
        return fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    can_delete = False
    readonly_fields = ("person", "role", "since")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    list_display = ("handle", "display_name", "created_at")
    search_fields = ("handle", "display_name")
    readonly_fields = ("handle", "opaque", "created_at")
    inlines = (MembershipInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AccessToken)
class AccessTokenAdmin(admin.ModelAdmin):
    """To look at; `manage.py` and the owner's settings issue and revoke."""

    list_display = ("hint", "person", "role", "origin", "created_at", "last_used_at", "revoked_at")
    list_filter = ("role", "origin", "revoked_because")
    search_fields = ("person__username",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
