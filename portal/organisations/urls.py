from django.urls import path

from portal.organisations import views

urlpatterns = [
    path("settings/organisations", views.mine, name="settings_organisations"),
    path("organisations/new", views.new, name="new_organisation"),
    path("organisations/<str:handle>/settings", views.about, name="organisation_settings"),
    path("organisations/<str:handle>/members", views.members, name="organisation_members"),
    path("organisations/<str:handle>/invite", views.invite, name="organisation_invite"),
    path("organisations/<str:handle>/withdraw", views.withdraw, name="organisation_withdraw"),
    path("organisations/<str:handle>/answer", views.answer, name="organisation_answer"),
    path("organisations/<str:handle>/role", views.role, name="organisation_role"),
    path("organisations/<str:handle>/remove", views.remove, name="organisation_remove"),
    path("organisations/<str:handle>/leave", views.leave, name="organisation_leave"),
]
