from django.urls import path, re_path

from governance.norms import views
from governance.norms.exports import NormsFeed

urlpatterns = [
    path("norms", views.current, name="norms"),
    path("norms/history/", views.history, name="norms_history"),
    path("norms/compare/", views.choose_comparison, name="norms_choose"),
    path("norms/compare/<int:old>/<int:new>/", views.compare, name="norms_compare"),
    path("norms/settings/", views.all_settings, name="norms_settings"),
    path("norms/settings/<str:name>/", views.one_setting, name="norms_setting"),
    path("norms/founding/", views.founding_page, name="norms_founding"),
    path("norms/feed", NormsFeed(), name="norms_feed"),
    path("norms/<int:number>.json", views.as_json, name="norms_json"),
    re_path(
        r"^norms/(?P<number>\d{1,8})\.(?P<language>en|zh)\.md$",
        views.as_markdown,
        name="norms_markdown",
    ),
    path("norms/<str:number>/", views.version, name="norms_version"),
]
