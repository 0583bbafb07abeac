"""Addresses of the foundation: one include for each room that has pages or an API."""

from django.urls import include, path

urlpatterns = [
    path("", include("portal.home.urls")),
    path("", include("portal.agreements.urls")),
    path("", include("portal.licences.urls")),
    path("", include("portal.people.urls")),
    path("", include("portal.organisations.urls")),
    path("", include("portal.tokens.urls")),
    path("", include("portal.devices.urls")),
    path("", include("portal.policies.urls")),
    path("", include("portal.api.urls")),
    path("", include("portal.notices.urls")),
    path("", include("portal.search.urls")),
    path("", include("portal.privacy.urls")),
    path("", include("portal.events.urls")),
    path("", include("portal.jobs.urls")),
]
