from django.urls import path

from portal.tokens import views

urlpatterns = [
    path("settings/tokens", views.listing, name="settings_tokens"),
    path("settings/tokens/new", views.new, name="new_token"),
    path("settings/tokens/<int:number>/revoke", views.revoke, name="revoke_token"),
    path("tokens/leaked", views.leaked, name="leaked_token"),
]
