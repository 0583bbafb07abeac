"""Standing in an election, proposing somebody, appointing: one column, one decision each."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.elections.models import Role
from portal.people.models import Person


def lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def handle_field() -> forms.CharField:
    return forms.CharField(
        label=_("Handle"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class NamesSomebody(forms.Form):
    """A form with the handle of a person who is here."""

    handle = handle_field()

    def clean_handle(self) -> Person:
        said = self.cleaned_data["handle"].strip()
        found = Person.objects.filter(username__iexact=said, is_active=True).first()
        if found is None:
            raise forms.ValidationError(_("There is nobody with this handle."))
        return found


class StandForm(forms.Form):
    """`independent` says in so many words that there is no employer to disclose."""

    employer = forms.CharField(
        label=_("Your employer, or whoever pays for your work here"), max_length=120, required=False
    )
    independent = forms.BooleanField(label=_("I have none"), required=False)
    statement = forms.CharField(
        label=_("Why you stand"),
        max_length=5000,
        widget=lines(6),
        help_text=_("You can use Markdown."),
    )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        employer = said.get("employer", "").strip()
        if bool(employer) == bool(said.get("independent")):
            raise forms.ValidationError(_("Name your employer, or say that you have none."))
        return said


class NominateForm(NamesSomebody):
    """Somebody else is proposed; they are told."""


class AppointForm(NamesSomebody):
    role = forms.ChoiceField(label=_("Office"), choices=Role.choices)
    employer = forms.CharField(
        label=_("Their employer"),
        max_length=120,
        required=False,
        help_text=_("For a seat in the committee."),
    )
    reasons = forms.CharField(label=_("Reasons"), max_length=4000, widget=lines(3))
