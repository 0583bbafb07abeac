"""Pages only: `POST /oauth/device` and `/oauth/token` are doors of the Hub protocol."""

from django.urls import path

from portal.devices import views

urlpatterns = [
    path("oauth/device", views.page, name="device"),
    path("oauth/device/answer", views.answer, name="answer_device"),
]
