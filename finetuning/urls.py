from django.urls import include, path

urlpatterns = [
    path("", include("finetuning.leaderboards.urls")),
    path("", include("finetuning.submissions.urls")),
    path("", include("finetuning.evaluation.urls")),
]
