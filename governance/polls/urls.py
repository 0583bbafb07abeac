from django.urls import path

from governance.polls import views

urlpatterns = [
    path("polls/", views.polls, name="polls"),
    path("polls/new", views.new, name="new_poll"),
    path("polls/<int:number>/", views.poll, name="poll"),
    path("polls/<int:number>/vote", views.vote, name="vote"),
    path("polls/<int:number>/voters", views.voters, name="voters"),
    path("polls/<int:number>/annul", views.annul, name="annul_poll"),
    path("polls/<int:number>/export.json", views.export, name="poll_export"),
]
