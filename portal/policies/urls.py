from django.urls import path

from portal.policies import views

urlpatterns = [
    path("policies", views.policies, name="policies"),
    path("policies/<str:name>/", views.policy, name="policy"),
]
