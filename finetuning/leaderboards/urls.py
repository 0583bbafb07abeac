from django.urls import path

from finetuning.leaderboards import api, views

urlpatterns = [
    path("leaderboards/", views.boards, name="leaderboards"),
    path("leaderboards/<slug:slug>/", views.leaderboard, name="leaderboard"),
    path("leaderboards/<slug:slug>/benchmark", views.benchmark, name="benchmark"),
    path("leaderboards/<slug:slug>/table.csv", views.table, name="leaderboard-table"),
    path("api/v1/leaderboards", api.boards, name="api-leaderboards"),
    path("api/v1/leaderboards/<slug:slug>", api.leaderboard, name="api-leaderboard"),
]
