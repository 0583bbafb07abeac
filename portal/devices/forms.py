"""What a person types and chooses when a program asks to be let in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.tokens.models import TokenRole


class CodeForm(forms.Form):
    user_code = forms.CharField(
        label=_("The code that the program shows"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class ApproveForm(forms.Form):
    user_code = forms.CharField(max_length=40, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("How it stands among your access tokens, where you can end it at any time."),
    )
    role = forms.ChoiceField(
        label=_("What it may do"),
        choices=[
            (TokenRole.WRITE, _("Write: everything you can do, except accept agreements")),
            (TokenRole.READ, _("Read: everything you can read")),
        ],
        widget=forms.RadioSelect,
    )
