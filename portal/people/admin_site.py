"""The operators' site: Django's own admin, behind a second factor, every change in the log."""

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.db import models
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import events


class Recorded(admin.ModelAdmin):
    """Every addition, change and deletion is an event in the transaction of the deed."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """An address typed without a scheme is one of https, as in our own forms."""
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        _record("added", request, [obj])
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        _record("changed", request, [obj], fields=_fields(message))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        _record("deleted", request, list(queryset))
        return super().log_deletions(request, queryset)


class Site(admin.AdminSite):
    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register a model; whatever its admin class is, its changes are recorded."""
        given = admin_class or admin.ModelAdmin
        recorded = type(given.__name__, (Recorded, given), {})
        super().register(model_or_iterable, recorded, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff with a second factor: to have one is to have used it when signing in."""
        return super().has_permission(request) and is_mfa_enabled(request.user)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send a visitor to the site's own door, and staff without a second factor to add one."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
        if request.user.is_staff and not is_mfa_enabled(request.user):
            messages.warning(request, _("The administration asks for two-factor sign-in. Add it."))
            return redirect("mfa_index")
        if self.has_permission(request):
            return redirect("admin:index")
        return redirect("home")

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        """There is one door for passwords: it asks for the old one, mails and records."""
        return redirect("account_change_password")


def _record(action: str, request: HttpRequest, objects: list[Model], **body: Any) -> None:
    for obj in objects:
        subject = f"{obj._meta.model_name}:{getattr(obj, 'opaque', obj.pk)}"
        events.record(
            f"admin:{obj._meta.model_name}:{action}",
            actor=request.user,  # type: ignore[arg-type]
            subject=subject,
            body=body,
        )


def _fields(message: Any) -> list[str]:
    """Return the names of the changed fields from Django's change message."""
    if not isinstance(message, list):
        return []
    return sorted({name for part in message for name in part.get("changed", {}).get("fields", [])})
