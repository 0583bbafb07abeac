"""The gate: what somebody must have agreed to before this repo's content is given to them.

Asked about the *person behind* the credential at the moment of use, at every door that hands out
bytes. A repo asks for its own licence and for the licence of every repo it stands on: a fine-tuner
cannot grant rights in the base. Nobody is exempt from a licence, not even the owner; only the
owner's own approval is not asked of those who give it.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from models_registry.gate.requirements import (
    Requirement,
    is_met,
    is_ungated_file,
    mode_of,
    modes_of,
    requirements,
)
from models_registry.gate.sentences import (
    approval_fields,
    approval_sentence,
    licence_fields,
    licence_sentence,
)
from models_registry.models import Repo
from portal.access import Actor
from portal.errors import Refused

__all__ = [
    "Gated",
    "Requirement",
    "check",
    "is_met",
    "is_ungated_file",
    "licence_sentence",
    "mode_of",
    "modes_of",
    "requirements",
]


class Gated(Refused):
    """The content is refused until the person does what the sentence says."""

    code = "GatedRepo"
    default = _("Access to this repo needs your agreement first.")

    def __init__(self, message: object, *, signed_in: bool, **context: Any) -> None:
        super().__init__(message, **context)
        self.status = 403 if signed_in else 401


def check(actor: Actor, repo: Repo) -> list[Requirement]:
    """Raise `Gated` with the sentence of the state, unless this person has met every requirement.

    Returns the requirements, all of them met; an empty list is a repo that asks for nothing.
    """
    found = requirements(repo, actor.person)
    for requirement in found:
        if requirement.licence_is_missing:
            said = licence_sentence(actor, repo, requirement), licence_fields(requirement)
        elif requirement.approval_is_missing(actor):
            said = approval_sentence(actor, requirement), approval_fields(requirement)
        else:
            continue
        raise Gated(said[0], signed_in=actor.person is not None, body={"gate": said[1]})
    return found
