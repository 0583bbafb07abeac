from django.urls import path

from governance.proposals import views
from governance.proposals.feed import ProposalsFeed

urlpatterns = [
    path("proposals/", views.proposals, name="proposals"),
    path("proposals/feed", ProposalsFeed(), name="proposals_feed"),
    path("proposals/new", views.new, name="new_proposal"),
    path("proposals/<int:number>/", views.proposal, name="proposal"),
    path("proposals/<int:number>/revise", views.revise, name="revise_proposal"),
    path("proposals/<int:number>/submit", views.submit, name="submit_proposal"),
    path("proposals/<int:number>/withdraw", views.withdraw, name="withdraw_proposal"),
    path("proposals/<int:number>/support", views.support, name="support_proposal"),
    path(
        "proposals/<int:number>/support/withdraw", views.withdraw_support, name="withdraw_support"
    ),
    path("proposals/<int:number>/comment", views.comment, name="comment_proposal"),
    path("proposals/<int:number>/adopt", views.adopt, name="adopt_proposal"),
    path("proposals/<int:number>/coauthors", views.add_coauthor, name="add_coauthor"),
]
