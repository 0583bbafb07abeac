"""The form that erases an account: the handle, and the password if there is one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.people.models import Person


class EraseForm(forms.Form):
    handle = forms.CharField(label=_("Your handle, to make sure"), max_length=100)
    password = forms.CharField(
        label=_("Your password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
    )

    def __init__(self, person: Person, data: Any = None):
        super().__init__(data)
        self.person = person
        if not person.has_usable_password():
            del self.fields["password"]

    def clean_handle(self) -> str:
        handle = self.cleaned_data["handle"].strip()
        if handle.lower() != self.person.username.lower():
            raise forms.ValidationError(_("This is not your handle."))
        return handle

    def clean_password(self) -> str:
        if not self.person.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError(_("This is not your password."))
        return ""
