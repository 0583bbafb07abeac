from django.urls import path

from portal.api import organisations, people, root, tokens

urlpatterns = [
    path("api/v1", root.Root.as_view(schema=None)),
    path("api/v1/", root.Root.as_view(), name="api_root"),
    path("api/v1/schema", root.Schema.as_view(), name="api_schema"),
    path("api/v1/docs", root.docs, name="api_docs"),
    path("api/v1/me", people.Me.as_view(), name="api_me"),
    path("api/v1/people", people.People.as_view(), name="api_people"),
    path("api/v1/people/<str:handle>", people.OnePerson.as_view(), name="api_person"),
    path("api/v1/organisations", organisations.Organisations.as_view(), name="api_organisations"),
    path(
        "api/v1/organisations/<str:handle>",
        organisations.OneOrganisation.as_view(),
        name="api_organisation",
    ),
    path(
        "api/v1/organisations/<str:handle>/members",
        organisations.Members.as_view(),
        name="api_members",
    ),
    path(
        "api/v1/organisations/<str:handle>/members/<str:member>",
        organisations.OneMember.as_view(),
        name="api_member",
    ),
    path(
        "api/v1/organisations/<str:handle>/invitations",
        organisations.Invitations.as_view(),
        name="api_invitations",
    ),
    path(
        "api/v1/organisations/<str:handle>/answer",
        organisations.AnswerInvitation.as_view(),
        name="api_answer_invitation",
    ),
    path("api/v1/tokens", tokens.Tokens.as_view(), name="api_tokens"),
    path("api/v1/tokens/leaked", tokens.Leaked.as_view(), name="api_leaked_token"),
    path("api/v1/tokens/<int:number>", tokens.OneToken.as_view(), name="api_token"),
]
