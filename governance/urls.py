"""Addresses of governance: the norms, feedback, proposals and polls, and their API."""

from django.urls import include, path

from governance.api import elections, feedback, norms, opinions, polls, proposals

API = [
    path("norms", norms.versions, name="api_norms"),
    path("norms/founding", norms.founded, name="api_founding"),
    path("norms/settings", norms.all_settings, name="api_norms_settings"),
    path("norms/settings/<str:name>", norms.setting, name="api_norms_setting"),
    path("norms/compare/<int:old>/<int:new>", norms.compare, name="api_norms_compare"),
    path("norms/<str:number>", norms.version, name="api_norms_version"),
    path("proposals", proposals.proposals, name="api_proposals"),
    path("proposals/<int:number>", proposals.proposal, name="api_proposal"),
    path("proposals/<int:number>/submit", proposals.submit, name="api_submit_proposal"),
    path("proposals/<int:number>/withdraw", proposals.withdraw, name="api_withdraw_proposal"),
    path("proposals/<int:number>/support", proposals.support, name="api_support_proposal"),
    path("proposals/<int:number>/coauthors", proposals.coauthors, name="api_coauthors"),
    path("proposals/<int:number>/adopt", proposals.adopt, name="api_adopt_proposal"),
    path("proposals/<int:number>/comments", proposals.comments, name="api_proposal_comments"),
    path("proposals/<int:number>/opinions", opinions.statements, name="api_statements"),
    path("statements/<int:number>/opinion", opinions.judgement, name="api_judgement"),
    path("polls", polls.polls, name="api_polls"),
    path("polls/<int:number>", polls.poll, name="api_poll"),
    path("polls/<int:number>/ballot", polls.ballot, name="api_ballot"),
    path("polls/<int:number>/voters", polls.voters, name="api_voters"),
    path("polls/<int:number>/export", polls.export, name="api_poll_export"),
    path("polls/<int:number>/annul", polls.annul, name="api_annul_poll"),
    path("offices", elections.all_offices, name="api_offices"),
    path("offices/<int:number>", elections.office, name="api_office"),
    path("appointments", elections.appointments, name="api_appointments"),
    path("appointments/<int:number>/assent", elections.assent, name="api_assent"),
    path("elections", elections.elections, name="api_elections"),
    path("elections/<int:number>", elections.election, name="api_election"),
    path("elections/<int:number>/candidacy", elections.candidacy, name="api_candidacy"),
    path("elections/<int:number>/nominations", elections.nominations, name="api_nominations"),
    path("feedback", feedback.feedback, name="api_feedback"),
    path("feedback/<int:number>", feedback.thread, name="api_feedback_thread"),
    path("feedback/<int:number>/reaction", feedback.reaction, name="api_reaction"),
    path("feedback/<int:number>/decline", feedback.decline, name="api_decline_feedback"),
    path("feedback/<int:number>/merge", feedback.merge, name="api_merge_feedback"),
]

urlpatterns = [
    path("", include("governance.norms.urls")),
    path("", include("governance.proposals.urls")),
    path("", include("governance.opinions.urls")),
    path("", include("governance.polls.urls")),
    path("", include("governance.feedback.urls")),
    path("", include("governance.elections.urls")),
    path("api/v1/", include(API)),
]
