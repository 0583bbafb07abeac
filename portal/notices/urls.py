from django.urls import path

from portal.notices import views

urlpatterns = [
    path("notices", views.inbox, name="notices"),
    path("notices/read", views.read_all, name="notices_read"),
    path("notices/<uuid:uuid>", views.notice, name="notice"),
    path("notices/unsubscribe/<str:token>", views.unsubscribe, name="unsubscribe"),
    path("settings/notices", views.settings, name="settings_notices"),
]
