"""What the gate says, in every state that a person can be in. Sentences end in a terminal."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from models_registry.gate.requirements import Requirement
from models_registry.models import AccessRequest, Repo, RequestState
from portal.access import Actor
from portal.agreements.models import Acceptance, DocumentVersion
from portal.sentences import filled

if TYPE_CHECKING:
    from portal.people.models import Person


def licence_sentence(actor: Actor, repo: Repo, requirement: Requirement) -> object:
    """Say which licence version is asked for, what was accepted before, and where to accept."""
    version = DocumentVersion.objects.filter(pk=requirement.version_id).first()  # type: ignore[misc]
    if version is None:
        return filled(
            _("The licence of %(repo)s was withdrawn, and access to its files with it."),
            {"repo": requirement.repo.full_name},
        )
    said = {
        "repo": repo.full_name,
        "asking": requirement.repo.full_name,
        "licence": requirement.licence.licence.name if requirement.licence else "",
        "number": version.number,
        "sha256": version.text_in("en").sha256[:12],
        "url": f"{settings.PUBLIC_URL}{version.accept_url}?{urlencode({'repo': repo.full_name})}",
    }
    earlier = last_accepted(actor.person, version)
    if earlier is not None:
        said |= {
            "before": earlier.version.number,
            "date": earlier.created_at.date().isoformat(),
        }
        return filled(
            _(
                "licence version %(number)s (sha256 %(sha256)s…) of %(asking)s not accepted; you "
                "accepted version %(before)s on %(date)s. Accept at %(url)s"
            ),
            said,
        )
    if actor.person is None:
        return filled(
            _(
                "%(repo)s is a gated repo. Sign in, use an access token, and accept licence "
                "version %(number)s (sha256 %(sha256)s…) of %(asking)s at %(url)s"
            ),
            said,
        )
    return filled(
        _(
            "%(repo)s is a gated repo: licence version %(number)s (sha256 %(sha256)s…) of "
            "%(asking)s not accepted. Accept at %(url)s"
        ),
        said,
    )


def last_accepted(person: "Person | None", version: DocumentVersion) -> Acceptance | None:
    """Return this person's last standing acceptance of an earlier version of the same document."""
    if person is None:
        return None
    return (
        Acceptance.objects.standing()
        .filter(person=person, version__document=version.document_id)
        .select_related("version")
        .order_by("-created_at")
        .first()
    )


def approval_sentence(actor: Actor, requirement: Requirement) -> object:
    """Say whether access was never asked for, waits, or was refused, and what to do."""
    repo = requirement.repo
    said = {"repo": repo.full_name, "url": settings.PUBLIC_URL + repo.path}
    if actor.person is None:
        return filled(_("%(repo)s is a gated repo. Sign in and ask for access at %(url)s"), said)
    if requirement.request_state == RequestState.PENDING:
        return filled(
            _("Your request for access to %(repo)s awaits a review by its owner. See %(url)s"), said
        )
    if requirement.request_state == RequestState.REJECTED:
        refused = AccessRequest.objects.get(repo=repo, person=actor.person)
        said["reason"] = refused.reason or str(_("no reason was given"))
        return filled(
            _("Your request for access to %(repo)s was rejected: %(reason)s. See %(url)s"), said
        )
    return filled(
        _("%(repo)s is a gated repo: you have not asked for access. Ask at %(url)s"), said
    )
