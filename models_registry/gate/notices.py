"""What is told about access: owners that somebody asks, the asker what was decided."""

from django.utils.translation import gettext_lazy as _

from models_registry.models import AccessRequest, Repo, RequestState
from portal import notices
from portal.organisations.models import Role
from portal.people.models import Person

ASKED, DECIDED = "access_asked", "access_decided"
notices.declare(ASKED, _("Requests for access to your repos"), default_mail=True)
notices.declare(DECIDED, _("Answers to your requests for access"), default_mail=True)


def asked(request: AccessRequest) -> None:
    """Tell those who decide that somebody waits."""
    notices.send_many(
        deciders(request.repo),
        ASKED,
        subject=_("%(person)s asks for access to %(repo)s"),
        body=_("Look at the answers, then give access or say why not."),
        url=f"{request.repo.path}/requests",
        context={"person": request.person.shown_name, "repo": request.repo.full_name},
    )


def decided(request: AccessRequest) -> None:
    """Tell the asker; nobody is told of what they did themselves."""
    if request.state == RequestState.ACCEPTED:
        subject, body = _("You have access to %(repo)s"), _("You can download its files now.")
    elif request.state == RequestState.REJECTED:
        subject = _("No access to %(repo)s")
        body = _("The owner says why: %(reason)s")
    else:
        return
    notices.send(
        request.person,
        DECIDED,
        subject=subject,
        body=body,
        url=request.repo.path,
        context={"repo": request.repo.full_name, "reason": request.reason or "—"},
    )


def deciders(repo: Repo) -> list[Person]:
    """Return who may decide: the owner, or owners and maintainers of the organisation."""
    owner = repo.namespace
    if owner.person is not None:
        return [owner.person]
    roles = (Role.OWNER, Role.MAINTAINER)
    return list(
        Person.objects.filter(
            memberships__organisation=owner.organisation_id, memberships__role__in=roles
        )
    )
