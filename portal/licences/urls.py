from django.urls import path

from portal.licences import views

urlpatterns = [
    path("licences", views.licences, name="licences"),
    path("licences/<str:slug>/", views.newest, name="licence_newest"),
    path("licences/<str:slug>/<str:number>/", views.licence, name="licence"),
    path("licences/<str:slug>/<str:number>/terms.json", views.terms, name="licence_terms"),
    path("licences/<str:slug>/<str:number>/<str:language>.txt", views.text, name="licence_text"),
]
