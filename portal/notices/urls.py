from django.urls import path

from portal.notices import feeds, views

urlpatterns = [
    path("notices", views.inbox, name="notices"),
    path("notices/read", views.read_all, name="notices_read"),
    path("notices/<uuid:uuid>", views.notice, name="notice"),
    path("notices/unsubscribe/<str:token>", views.unsubscribe, name="unsubscribe"),
    path("notices/feed/renew", views.renew_feed, name="notices_feed_renew"),
    path("notices/feed/<str:token>", feeds.OwnFeed(), name="notices_feed"),
    path("settings/notices", views.settings, name="settings_notices"),
]
