"""Addresses of governance: the norms, feedback, proposals and polls, and their API."""

from django.urls import include, path

from governance import api

API = [
    path("norms", api.versions, name="api_norms"),
    path("norms/settings", api.all_settings, name="api_norms_settings"),
    path("norms/compare/<int:old>/<int:new>", api.compare, name="api_norms_compare"),
    path("norms/<str:number>", api.version, name="api_norms_version"),
    path("proposals", api.proposals, name="api_proposals"),
    path("proposals/<int:number>", api.proposal, name="api_proposal"),
    path("proposals/<int:number>/submit", api.submit, name="api_submit_proposal"),
    path("proposals/<int:number>/withdraw", api.withdraw, name="api_withdraw_proposal"),
    path("proposals/<int:number>/support", api.support, name="api_support_proposal"),
    path("proposals/<int:number>/comments", api.comments, name="api_proposal_comments"),
    path("polls", api.polls, name="api_polls"),
    path("polls/<int:number>", api.poll, name="api_poll"),
    path("polls/<int:number>/ballot", api.ballot, name="api_ballot"),
    path("polls/<int:number>/export", api.export, name="api_poll_export"),
    path("feedback", api.feedback, name="api_feedback"),
    path("feedback/<int:number>", api.thread, name="api_feedback_thread"),
]

urlpatterns = [
    path("", include("governance.norms.urls")),
    path("", include("governance.proposals.urls")),
    path("", include("governance.polls.urls")),
    path("", include("governance.feedback.urls")),
    path("", include("governance.elections.urls")),
    path("api/v1/", include(API)),
]
