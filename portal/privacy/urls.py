from django.urls import path

from portal.privacy import views

urlpatterns = [
    path("settings/data", views.data, name="settings_privacy"),
    path("settings/data/ask", views.ask, name="ask_archive"),
    path("settings/data/<uuid:uuid>.zip", views.archive, name="archive"),
    path("settings/data/erase", views.erase, name="erase_account"),
]
