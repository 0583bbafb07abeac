"""What the agreements room refuses, and why."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.errors import Conflict, Forbidden, Invalid, NotNow

if TYPE_CHECKING:
    from portal.agreements.models import DocumentVersion


class NotAccepted(Forbidden):
    """The deed needs an acceptance that this person has not given. Carries where to give it."""

    code = "AgreementRequired"
    default = _("Please read and accept this first.")

    def __init__(self, version: "DocumentVersion", message: object = None, **context: Any):
        text = version.text_in()
        sentence = message or _(
            "%(title)s, version %(version)s (sha256 %(short)s…), is not accepted yet. "
            "Read and accept it at %(url)s"
        ) % {
            "title": text.title,
            "version": version.number,
            "short": text.sha256[:12],
            "url": settings.PUBLIC_URL + version.accept_url,
        }
        super().__init__(
            sentence,
            url=settings.PUBLIC_URL + version.accept_url,
            document=version.document.slug,
            version=version.number,
            sha256=text.sha256,
            **context,
        )
        self.version = version
        self.location = version.accept_url


class CannotAccept(Forbidden):
    """Acceptance is a person's own act: a session, or a token that was given just this scope."""

    code = "AcceptanceNeedsScope"
    default = _(
        "This credential cannot accept an agreement. Accept it in the browser, or use an access "
        "token with the scope agreements:accept."
    )


class StaleText(Conflict):
    """The text is not the one in force (any more), or the nonce is spent, foreign or too old."""

    code = "StaleText"
    default = _("This text is not the one in force. Read it again and accept the new one.")


class NonceSpent(StaleText):
    code = "NonceSpent"
    default = _("This form was sent already or is too old. Open it again.")


class AnswersMissing(Invalid):
    """The questionnaire is not filled in; `fields` maps a question's name to what is wrong."""

    code = "AnswersMissing"
    default = _("Please answer every question that is marked as required.")

    def __init__(self, fields: Mapping[str, str]):
        super().__init__(fields=dict(fields))
        self.fields = fields


class NothingToWithdraw(NotNow):
    code = "NothingToWithdraw"
    default = _("There is no acceptance of yours to withdraw here.")
