"""What the gate says, in every state that a person can be in. Sentences end in a terminal."""

from typing import TYPE_CHECKING, Any

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
    version = _in_force(requirement)
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


def _in_force(requirement: Requirement) -> DocumentVersion | None:
    rows = DocumentVersion.objects.select_related("document").filter(pk=requirement.version_id)  # type: ignore[misc]
    return rows.prefetch_related("texts").first()


def licence_fields(requirement: Requirement) -> dict[str, Any]:
    """Return what a program needs to know of a licence that is asked for: which text, and where it
    is read (`terms_url`) and accepted, by a browser or by `POST` to `api_url`."""
    told: dict[str, Any] = {"repo": requirement.repo.full_name, "asks": "licence"}
    version = _in_force(requirement)
    if version is None:
        return told | {"state": "withdrawn"}
    api = f"{settings.PUBLIC_URL}/api/v1/agreements/{version.document.slug}"
    return told | {
        "state": "outdated" if requirement.accepted_before else "not_accepted",
        "document": version.document.slug,
        "version": version.number,
        "sha256": {text.language: text.sha256 for text in version.texts.all()},
        "accept_url": settings.PUBLIC_URL + version.accept_url,
        "terms_url": f"{api}/terms",
        "api_url": f"{api}/accept",
    }


def approval_fields(requirement: Requirement) -> dict[str, Any]:
    """Return what a program needs to know of an owner's approval that is missing."""
    return {
        "repo": requirement.repo.full_name,
        "asks": "approval",
        "state": requirement.request_state or "not_asked",
        "ask_url": f"{settings.PUBLIC_URL}{requirement.repo.path}/ask-access",
    }


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
