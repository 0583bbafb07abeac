"""Forms of the account and of one's own profile."""

from typing import Any
from zoneinfo import available_timezones

from allauth.account import forms as account
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portal.people.handles import LONGEST, HandleGrammar
from portal.people.models import Person

LONG_ENOUGH = _("At least 10 characters; a few words do well.")


class Plain(forms.Form):
    """Labels stand above the fields: a placeholder that repeats them only disappears in time."""

    labels: dict[str, object] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in self.labels:
                field.label = self.labels[name]  # type: ignore[assignment]


class SignUp(Plain, account.SignupForm):
    """Handle, address, passphrase, age. Agreements are asked for afterwards, one at a time."""

    age_ok = forms.BooleanField(
        error_messages={"required": _("You can join when you are old enough.")}
    )
    field_order = ("username", "email", "password1", "age_ok")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        handle = self.fields["username"]
        handle.label = _("Handle")
        handle.help_text = _("Your repos are named after it: handle/model. It cannot be changed.")
        handle.validators.append(HandleGrammar())
        handle.widget.attrs |= {
            "maxlength": str(LONGEST),
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        self.fields["email"].label = _("E-mail")
        self.fields["email"].help_text = _("Only you see it. We send you a link to confirm it.")
        self.fields["password1"].help_text = LONG_ENOUGH
        self.fields["age_ok"].label = format_lazy(
            _("I am at least {years} years old"), years=settings.MINIMUM_AGE
        )


class SignIn(Plain, account.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Handle or e-mail")
        self.fields["login"].widget.attrs |= {
            "autocomplete": "username webauthn",
            "autocapitalize": "none",
            "spellcheck": "false",
        }


class AddEmail(Plain, account.AddEmailForm):
    labels = {"email": _("E-mail")}


class ResetPassword(Plain, account.ResetPasswordForm):
    labels = {"email": _("E-mail")}


class NewPassword(Plain):
    """What the two forms that set a password share."""

    labels = {
        "oldpassword": _("Your present password"),
        "password1": _("The new one"),
        "password2": _("The new one again"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = LONG_ENOUGH


class ChangePassword(NewPassword, account.ChangePasswordForm):
    """Asks for the old password too."""


class ResetPasswordFromKey(NewPassword, account.ResetPasswordKeyForm):
    """Behind a mailed link."""


class Reauthenticate(Plain, account.ReauthenticateForm):
    """The password once more."""


class SecondStep(Plain, AuthenticateForm):
    """A code after the password."""


class SecondStepAgain(Plain, ReauthenticateForm):
    """A code, before something that protects the account is changed."""


class AddApp(Plain, ActivateTOTPForm):
    """The first code of a new authenticator app."""


class AddPasskey(AddWebAuthnForm):
    """A passkey that signs in by itself, unless somebody wants a second step only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
        self.fields["name"].initial = self.initial["name"] = _("Passkey")
        alone = self.fields["passwordless"]
        alone.label = _("It signs me in alone, without the password")
        alone.help_text = _("The device then asks for your finger, your face or its code.")
        alone.initial = self.initial["passwordless"] = True


class ProfileForm(forms.ModelForm):
    """What everyone may see."""

    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")

    class Meta:
        model = Person
        fields = ("display_name", "bio", "website")
        widgets = {"bio": forms.Textarea(attrs={"rows": 5})}
        help_texts = {
            "display_name": _("Any script. Shown beside your handle."),
            "bio": _("A few sentences about you."),
        }


class PreferencesForm(forms.ModelForm):
    """How the site looks to this person: language and time zone."""

    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)

    class Meta:
        model = Person
        fields = ("language", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = self.fields["language"]
        languages.choices = [("", _("The browser's language")), *settings.LANGUAGES]  # type: ignore[attr-defined]
        zones = sorted(zone for zone in available_timezones() if "/" in zone)
        self.fields["time_zone"].choices = [("", "UTC"), *((zone, zone) for zone in zones)]  # type: ignore[attr-defined]
