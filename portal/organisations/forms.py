"""Forms of organisations."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.organisations.models import Organisation, Role
from portal.people.handles import LONGEST, HandleGrammar


class AboutForm(forms.ModelForm):
    """What an organisation says about itself."""

    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")

    class Meta:
        model = Organisation
        fields = ("display_name", "about", "website")
        widgets = {"about": forms.Textarea(attrs={"rows": 5})}


class NewForm(AboutForm):
    """A new organisation; whether the handle is free is asked when it is made."""

    handle = forms.CharField(
        label=_("Handle"),
        max_length=LONGEST,
        validators=[HandleGrammar()],
        help_text=_("Repos of the organisation are named after it. It cannot be changed."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    field_order = ("handle", "display_name", "about", "website")

    class Meta(AboutForm.Meta):
        pass


class InviteForm(forms.Form):
    handle = forms.CharField(label=_("Handle"), max_length=LONGEST)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.MEMBER)
