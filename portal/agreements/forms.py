"""The form under a text: what it is wanted for, the questionnaire, and the box."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.agreements.models import DocumentVersion, Purpose, page_language
from portal.licences.consent import MAX_ANSWER, questionnaire_for, terms_of
from portal.licences.terms import Question, Terms

PREFIX = "answer_"


class AcceptForm(forms.Form):
    """Questions of a licence come first, the box last; the box is never ticked beforehand."""

    nonce = forms.CharField(widget=forms.HiddenInput, max_length=1000)
    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    scrolled = forms.CharField(
        widget=forms.HiddenInput, max_length=8, required=False, initial="unknown"
    )
    dwell_ms = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=0)
    next = forms.CharField(widget=forms.HiddenInput, max_length=500, required=False)
    repo = forms.CharField(widget=forms.HiddenInput, max_length=200, required=False)

    def __init__(self, version: DocumentVersion, data: Any = None, **kwargs: Any):
        super().__init__(data, **kwargs)
        self.use_required_attribute = False  # questions that do not apply are there, but hidden
        terms = terms_of(version)
        self.questions = _questions(terms)
        if terms and terms.purposes():
            self.fields["purpose"] = _purpose_field(terms)
        asked = not self.is_bound or bool(questionnaire_for(terms, self.data.get("purpose", "")))
        for question in self.questions:
            self.fields[PREFIX + question.name] = field_of(question, required=asked)
        self.fields["agree"] = forms.BooleanField(
            label=_("I have read this text and I accept it."),
            error_messages={"required": _("Tick the box if you accept the text.")},
        )

    @property
    def answers(self) -> dict[str, str]:
        """Return the answers by question, as texts."""
        found = {q.name: self.cleaned_data.get(PREFIX + q.name) for q in self.questions}
        return {name: "yes" if v is True else str(v or "") for name, v in found.items()}

    def show(self, problems: Mapping[str, str]) -> None:
        """Put the questionnaire's problems beside their questions."""
        for name, problem in problems.items():
            self.add_error(PREFIX + name, problem)


def _questions(terms: Terms | None) -> tuple[Question, ...]:
    asked = terms.gate.questionnaire if terms else None
    return asked.questions if asked else ()


def _purpose_field(terms: Terms) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("What do you want to use it for?"),
        help_text=_("Commercial use asks some questions.") if terms.gate.questionnaire else "",
        choices=[choice for choice in Purpose.choices if choice[0] in terms.purposes()],
        widget=forms.RadioSelect,
        error_messages={"required": _("Please say what you want to use it for.")},
    )


def field_of(question: Question, *, required: bool) -> forms.Field:
    """Return the form field of a question. `required`: whether the purpose asks for it."""
    label, required = in_language(question.label), required and question.required
    if question.kind == "confirm":
        return forms.BooleanField(label=label, required=required)
    if question.kind == "choice":
        choices = [("", "—")] + [(value, in_language(text)) for value, text in question.choices]
        return forms.ChoiceField(label=label, choices=choices, required=required)
    widget = forms.Textarea(attrs={"rows": 3}) if question.kind == "long_text" else None
    return forms.CharField(label=label, required=required, max_length=MAX_ANSWER, widget=widget)


def in_language(texts: Any) -> str:
    """Return the text in the page's language, else in the first there is."""
    return texts.get(page_language()) or next(iter(texts.values()))
