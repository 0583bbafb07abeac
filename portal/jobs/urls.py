from django.urls import path

from portal.jobs import views

urlpatterns = [
    path("jobs/<uuid:uuid>", views.page, name="job"),
    path("jobs/<uuid:uuid>/progress", views.progress, name="job_progress"),
    path("jobs/<uuid:uuid>/cancel", views.cancel, name="cancel_job"),
]
