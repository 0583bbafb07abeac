from django.urls import path

from finetuning.evaluation import api, views

urlpatterns = [
    path("runs/<uuid:uuid>", views.run, name="run"),
    path("runs/<uuid:uuid>/progress", views.progress, name="run-progress"),
    path("runs/<uuid:uuid>/cancel", views.cancel, name="cancel-run"),
    path("api/v1/runs/<uuid:uuid>", api.run, name="api-run"),
    path("api/v1/runs/<uuid:uuid>/cancel", api.cancel, name="api-cancel-run"),
    path("api/v1/eval-results/verify", api.verify, name="api-verify-result"),
]
