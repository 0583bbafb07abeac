"""What an acceptance of a licence must say: for what purpose, and with which answers."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from portal.agreements.models import DocumentVersion, Kind
from portal.agreements.refusals import AnswersMissing
from portal.errors import Invalid
from portal.licences.terms import Question, Questionnaire, Terms

MAX_ANSWER = 2000


def terms_of(version: DocumentVersion) -> Terms | None:
    """Return the terms behind a document version, or None where it is no licence."""
    if version.document.kind != Kind.LICENCE:
        return None
    return version.licence_version.parsed


def questionnaire_for(terms: Terms | None, purpose: str) -> Questionnaire | None:
    """Return the questions that this purpose asks for, if any."""
    asked = terms.gate.questionnaire if terms else None
    return asked if asked is not None and asked.purpose == purpose else None


def checked(
    version: DocumentVersion, purpose: str, answers: Mapping[str, Any]
) -> tuple[str, str, dict[str, str]]:
    """Return (purpose, questionnaire id, answers kept); refuses what the licence does not offer."""
    terms = terms_of(version)
    purposes = terms.purposes() if terms else ()
    if not purposes:
        return "", "", {}
    if purpose not in purposes:
        raise Invalid(_("Please say what you want to use it for."), code="PurposeMissing")
    questionnaire = questionnaire_for(terms, purpose)
    if questionnaire is None:
        return purpose, "", {}
    return purpose, questionnaire.id, _answers(questionnaire, answers)


def _answers(questionnaire: Questionnaire, given: Mapping[str, Any]) -> dict[str, str]:
    kept, wrong = {}, {}
    for question in questionnaire.questions:
        answer = str(given.get(question.name, "") or "").strip()
        if problem := _problem(question, answer):
            wrong[question.name] = problem
        elif answer:
            kept[question.name] = answer
    if wrong:
        raise AnswersMissing(wrong)
    return kept


def _problem(question: Question, answer: str) -> str:
    if question.required and not answer:
        return _("This question needs an answer.")
    if len(answer) > MAX_ANSWER:
        return _("This answer is too long.")
    if question.kind == "confirm" and answer not in ("", "yes"):
        return _("Tick the box, or leave it.")
    if question.kind == "choice" and answer and answer not in dict(question.choices):
        return _("Choose one of the answers that are offered.")
    return ""
