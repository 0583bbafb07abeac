from django.urls import path
from django.views.generic import RedirectView

from portal.people import views

urlpatterns = [
    path("settings/", RedirectView.as_view(pattern_name="settings_profile"), name="settings"),
    path("settings/profile", views.profile_settings, name="settings_profile"),
    path("settings/preferences", views.preferences, name="settings_preferences"),
    path("settings/authenticator.svg", views.totp_picture, name="settings_totp_qr"),
]
