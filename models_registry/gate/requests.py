"""Asking for access to a gated repo, and deciding about it: the only writers of access requests."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from models_registry.models import AccessRequest, Repo, RequestState
from models_registry.models.repos import Gated
from models_registry.policies import ACCESS_COOL_DOWN
from portal import events, policies
from portal.clock import db_now
from portal.errors import Conflict, Invalid, Missing, NotNow
from portal.people.models import Person

if TYPE_CHECKING:
    from types import ModuleType

FIELDS_AT_MOST, ANSWER_AT_MOST = 30, 2000
MAY_ASK_FROM = (RequestState.RESET, RequestState.WITHDRAWN, RequestState.REJECTED)


class NotGated(Invalid):
    code = "NotGated"
    default = _("This repo is not gated: nobody needs to ask for access.")


class NoSuchRequest(Missing):
    """No request of this person, or one that is already in the wanted state."""

    code = "NoSuchRequest"
    default = _("There is no access request of this person that could change so.")


class AlreadyGranted(Invalid):
    code = "AlreadyGranted"
    default = _("This person has access already.")


class MustWait(NotNow):
    code = "MustWait"


def ask(
    repo: Repo, person: Person, *, fields: Mapping[str, str], share_email: bool = False
) -> AccessRequest:
    """Ask for access; a request that waits or was accepted is returned as it is.

    `fields`: label to answer, kept where the card's `extra_gated_fields` asks for the label.
    Raises `NotGated`, and `MustWait` during the cool-down after a rejection.
    """
    if not repo.gated:
        raise NotGated
    answers = asked_fields(repo, fields)
    with transaction.atomic():
        request = of(repo, person)
        if request is None:
            request = AccessRequest(repo=repo, person=person, asked_at=db_now())
        elif request.state not in MAY_ASK_FROM:
            return request
        elif request.state == RequestState.REJECTED:
            _after_cool_down(request)
        request.state = first_state(repo)
        request.fields, request.share_email = answers, share_email
        request.asked_at = db_now()
        request.reason, request.granted, request.may_ask_again_at = "", False, None
        _save(request)
        _record("asked", request, by=person, details={"fields": answers} if answers else None)
        if request.state == RequestState.PENDING:
            _notices().asked(request)
    return request


def first_state(repo: Repo) -> RequestState:
    return RequestState.PENDING if repo.gated == Gated.MANUAL else RequestState.ACCEPTED


def accept(request: AccessRequest, *, by: Person) -> AccessRequest:
    return _decide(request, RequestState.ACCEPTED, by=by, word="accepted")


def reject(request: AccessRequest, *, by: Person, reason: str) -> AccessRequest:
    """Refuse, or take back, access. The person reads `reason` and may ask again later."""
    days = int(policies.value(ACCESS_COOL_DOWN.name))
    request.may_ask_again_at = db_now() + timedelta(days=days)
    return _decide(request, RequestState.REJECTED, by=by, word="rejected", reason=reason[:500])


def reset(request: AccessRequest, *, by: Person, reason: str = "") -> AccessRequest:
    """Forget the decision: the person has no access and may ask again at once."""
    return _decide(request, RequestState.RESET, by=by, word="reset", reason=reason[:500])


def reopen(request: AccessRequest, *, by: Person) -> AccessRequest:
    """Put a decided request back among those that wait."""
    return _decide(request, RequestState.PENDING, by=by, word="reopened")


def grant(repo: Repo, person: Person, *, by: Person) -> AccessRequest:
    """Give access to somebody who did not ask; `AlreadyGranted` if they have it."""
    if not repo.gated:
        raise NotGated
    request = of(repo, person)
    if request is None:
        now = db_now()
        with transaction.atomic():
            request = AccessRequest(
                repo=repo,
                person=person,
                state=RequestState.ACCEPTED,
                granted=True,
                asked_at=now,
                decided_at=now,
                decided_by=by,
            )
            _save(request)
            _record("granted", request, by=by)
        return request
    if request.state == RequestState.ACCEPTED:
        raise AlreadyGranted
    return _decide(request, RequestState.ACCEPTED, by=by, word="granted")


def withdraw(request: AccessRequest, *, by: Person) -> AccessRequest:
    """End one's own access or request. It holds from the next request on."""
    return _decide(request, RequestState.WITHDRAWN, by=by, word="withdrawn")


def of(repo: Repo, person: Person) -> AccessRequest | None:
    return AccessRequest.objects.filter(repo=repo, person=person).first()


def listed(repo: Repo, state: str) -> QuerySet[AccessRequest]:
    """Return the requests of `repo` in this state, newest first, with their people."""
    rows = AccessRequest.objects.filter(repo=repo, state=state)
    return rows.select_related("person").order_by("-asked_at", "-pk")


def questions(repo: Repo) -> dict[str, Any]:
    """Return the card's `extra_gated_fields`: label to type, or to a mapping with `type`."""
    asked = repo.card.get("extra_gated_fields") if isinstance(repo.card, dict) else None
    return dict(list(asked.items())[:FIELDS_AT_MOST]) if isinstance(asked, dict) else {}


def asked_fields(repo: Repo, given: Mapping[str, str]) -> dict[str, str]:
    """Return the answers to the questions that the card asks; anything else is not kept."""
    answers = {}
    for label in questions(repo):
        answer = str(given.get(str(label), "")).strip()
        if len(answer) > ANSWER_AT_MOST:
            raise Invalid(_("The answer to “%(label)s” is too long.") % {"label": label})
        if answer:
            answers[str(label)] = answer
    return answers


def _after_cool_down(request: AccessRequest) -> None:
    until = request.may_ask_again_at
    if until is not None and db_now() < until:
        raise MustWait(
            _("Your request was rejected. You may ask again from %(date)s on.")
            % {"date": until.date().isoformat()}
        )


def _decide(
    request: AccessRequest, state: RequestState, *, by: Person, word: str, reason: str = ""
) -> AccessRequest:
    """Move the request to `state`, unless it is there or somebody else moved it meanwhile."""
    if request.state == state:
        raise NoSuchRequest
    now = db_now()
    waits = request.may_ask_again_at if state == RequestState.REJECTED else None
    with transaction.atomic():
        moved = AccessRequest.objects.filter(pk=request.pk, state=request.state).update(
            state=state,
            reason=reason,
            decided_at=None if state == RequestState.PENDING else now,
            decided_by=by,
            may_ask_again_at=waits,
        )
        if not moved:
            raise Conflict
        request.refresh_from_db()
        _record(word, request, by=by, details={"reason": reason} if reason else None)
        _notices().decided(request)
    return request


def _notices() -> "ModuleType":
    from models_registry.gate import notices  # it declares its kinds when the apps are ready

    return notices


def _save(request: AccessRequest) -> None:
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError as error:  # two first requests of one person at once
        raise Conflict from error


def _record(
    word: str, request: AccessRequest, *, by: Person, details: dict[str, Any] | None = None
) -> None:
    """Record the deed. Who asked, and what they answered, can be erased: it is no leaf."""
    events.record(
        f"registry:access_request:{word}",
        actor=by if by.pk != request.person_id else None,
        subject=f"repo:{request.repo_id}",
        details={"person": request.person.opaque, **(details or {})},
    )
