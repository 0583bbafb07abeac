from django.urls import path

from finetuning.submissions import api, views

urlpatterns = [
    path("submissions/", views.mine, name="submissions"),
    path("submissions/new", views.new, name="new-submission"),
    path("submissions/<uuid:uuid>", views.submission, name="submission"),
    path("api/v1/submissions", api.submissions, name="api-submissions"),
    path("api/v1/submissions/<uuid:uuid>", api.submission, name="api-submission"),
]
