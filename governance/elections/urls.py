from django.urls import path

from governance.elections import views

urlpatterns = [
    path("elections/", views.overview, name="elections"),
    path("elections/call", views.call, name="call_election"),
    path("elections/appoint", views.appoint, name="appoint"),
    path("elections/appointments/<int:number>/assent", views.assent, name="assent"),
    path("elections/offices/<int:number>/resign", views.resign, name="resign"),
    path("elections/<int:number>/", views.election, name="election"),
    path("elections/<int:number>/stand", views.stand, name="stand"),
    path("elections/<int:number>/nominate", views.nominate, name="nominate"),
    path("elections/<int:number>/withdraw", views.withdraw, name="withdraw_candidacy"),
]
