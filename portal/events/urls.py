from django.urls import path

from portal.events import api, views

urlpatterns = [
    path("log", views.listing, name="log"),
    path("log/keys", views.key_history, name="log_keys"),
    path("log/<uuid:uuid>", views.event, name="log_event"),
    path("api/v1/log/head", api.Head.as_view(), name="api_log_head"),
    path("api/v1/log/entries", api.Entries.as_view(), name="api_log_entries"),
    path("api/v1/log/proof/inclusion", api.Inclusion.as_view(), name="api_log_inclusion"),
    path("api/v1/log/proof/consistency", api.Consistency.as_view(), name="api_log_consistency"),
    path("api/v1/log/keys", api.Keys.as_view(), name="api_log_keys"),
]
