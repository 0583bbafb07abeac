from django.urls import path

from governance.opinions import views

urlpatterns = [
    path("proposals/<int:number>/opinions/", views.opinions, name="opinions"),
    path("proposals/<int:number>/opinions/state", views.state, name="state_opinion"),
    path("proposals/statements/<int:number>/judge", views.judge, name="judge_statement"),
]
