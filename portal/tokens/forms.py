"""The form for a new access token."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.clock import db_now
from portal.tokens.models import TokenRole
from portal.tokens.scopes import NAMED, Scopes

NEVER = "never"
LIFETIMES = [
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("one year")),
    ("7", _("7 days")),
    (NEVER, _("never")),
]
ROLES = [
    (TokenRole.READ, _("Read: everything you can read")),
    (TokenRole.WRITE, _("Write: everything you can do, except accept agreements")),
    (TokenRole.FINE_GRAINED, _("Fine-grained: only what is ticked below")),
]


class NewTokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Where you use it: “laptop”, “training job”.")
    )
    role = forms.ChoiceField(
        label=_("What it may do"), choices=ROLES, widget=forms.RadioSelect, initial=TokenRole.READ
    )
    scopes = forms.MultipleChoiceField(
        label=_("Scopes of a fine-grained token"),
        choices=list(NAMED.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    only = forms.CharField(
        label=_("Only these repos or namespaces"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("One a line: “maker/model” or “maker”. Empty: all that you have access to."),
    )
    lives = forms.ChoiceField(label=_("Expires after"), choices=LIFETIMES)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("role") == TokenRole.FINE_GRAINED and not cleaned.get("scopes"):
            self.add_error("scopes", _("A fine-grained token needs at least one scope."))
        return cleaned

    def granted(self) -> Scopes:
        """Return the scopes; those about repos hold for the listed names only, if there are any."""
        chosen = set(self.cleaned_data["scopes"])
        names = self.cleaned_data["only"].split()
        about_repos = (
            frozenset(s for s in chosen if s.startswith("repo.")) if names else frozenset()
        )
        return Scopes(
            frozenset(chosen) - about_repos,
            {name.lower().strip("/"): about_repos for name in names if about_repos},
        )

    def expires_at(self) -> dt.datetime | None:
        lives = self.cleaned_data["lives"]
        return None if lives == NEVER else db_now() + dt.timedelta(days=int(lives))
