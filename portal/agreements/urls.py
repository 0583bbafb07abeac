from django.urls import path

from portal.agreements import api, views

urlpatterns = [
    path("agree/", views.agree, name="agree"),
    path("agree/<str:slug>/<str:number>", views.agree_one, name="agree_one"),
    path("settings/agreements", views.mine, name="settings_agreements"),
    path("settings/agreements/<uuid:acceptance>.json", views.receipt, name="receipt"),
    path("settings/agreements/<uuid:acceptance>/withdraw", views.withdraw, name="withdraw"),
    path("terms", views.current, {"kind": "terms"}, name="terms"),
    path("terms/<str:number>/", views.document, {"kind": "terms"}, name="terms_version"),
    path("api/v1/agreements/<str:slug>/terms", api.terms, name="api_agreement_terms"),
    path("api/v1/agreements/<str:slug>/accept", api.accept, name="api_agreement_accept"),
    path("api/v1/agreements", api.mine, name="api_agreements"),
]
