from django.urls import path

from portal.home import reports, views

urlpatterns = [
    path("", views.home, name="home"),
    path("docs/", views.help_page, name="help"),
    path("healthz", views.healthz, name="healthz"),
    path("styleguide", views.styleguide, name="styleguide"),
    path("language", views.set_language, name="set_language"),
    path("policy-reports", reports.policy_report, name="policy_report"),
    path("theme", views.set_theme, name="set_theme"),
]
