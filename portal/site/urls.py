"""All addresses. `/<ns>` and `/<ns>/<name>` come last: their first segments are reserved names."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("portal.urls")),
    path("", include("finetuning.urls")),
    path("", include("governance.urls")),
    path("", include("models_registry.urls")),
    path("", include("portal.people.profile_urls")),
]

handler400 = "portal.errors_middleware.bad_request"
handler403 = "portal.errors_middleware.permission_denied"
handler404 = "portal.errors_middleware.not_found"
handler429 = "portal.errors_middleware.too_many"
handler500 = "portal.errors_middleware.server_error"
