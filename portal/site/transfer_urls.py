"""Addresses of the transfer side, matched against the raw path; every one carries its signature."""

from django.urls import include, path

from models_registry.transfer.fetch import content
from models_registry.transfer.send import upload
from portal.home.views import healthz

urlpatterns = [
    path("healthz", healthz),
    path("content/<str:signed>/<str:name>", content),
    path("uploads/<str:signed>", upload),
    path("", include("models_registry.xet.urls")),
]
handler400 = "models_registry.hub_api.errors.bad_request"
handler404 = "models_registry.hub_api.errors.not_found"
handler500 = "models_registry.hub_api.errors.server_error"
