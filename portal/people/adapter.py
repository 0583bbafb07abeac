"""Where allauth asks us about people: handles, links, mails."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailConfirmationHMAC
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme

from portal import events
from portal.clock import db_now
from portal.errors import Refused
from portal.events import fleeting
from portal.people import handles
from portal.people.models import Person

mail_log = logging.getLogger("commonhold.mail")
SESSIONS_ENDED = "portal:person:sessions-ended"
SHOWN_LINK = "mailed_link"  # the session's key for the link of the mail just sent


def absolute(path: str) -> str:
    """Return an address on the public address of this portal: never on the request's Host."""
    return settings.PUBLIC_URL + path


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGN_UP_OPEN)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        if shallow:
            return username
        try:
            return handles.check(username)
        except Refused as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Person:
        """Write a person who signed up; two who ask for one handle at once are told apart here."""
        user.age_ok_at = db_now()
        user.language = translation.get_language() or ""
        try:
            with transaction.atomic():
                person = super().save_user(request, user, form, commit)
                events.record(
                    "portal:person:created",
                    subject=f"person:{person.opaque}",
                    body={"origin": "sign-up"},
                )
        except IntegrityError as error:
            raise handles.HandleTaken from error
        return person

    def is_safe_url(self, url: str) -> bool:
        """Return whether to go to `url` after a form: an address of ours, by path or in full."""
        host = settings.PUBLIC_URL.partition("://")[2]
        return url_has_allowed_host_and_scheme(url, {host}, require_https=settings.HTTPS)

    # --- after a sign-up: what has to be accepted before writing ----------------------------------
    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return f"{reverse('agree')}?next=/"

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return f"{reverse('agree')}?next=/"

    # --- addresses in mails ---------------------------------------------------------------------
    def get_email_confirmation_url(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationHMAC
    ) -> str:
        return absolute(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return absolute(path.replace("UID-KEY", key))

    def send_account_already_exists_mail(self, email: str) -> None:
        addresses = {
            "signup_url": absolute(reverse("account_signup")),
            "password_reset_url": absolute(reverse("account_reset_password")),
        }
        self.send_mail("account/email/account_already_exists", email, addresses)

    # --- mails ----------------------------------------------------------------------------------
    def format_email_subject(self, subject: str) -> str:
        return f"[{settings.SITE_NAME}] {subject}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail in the language of the person it goes to."""
        person = context.get("user") or Person.objects.filter(email__iexact=email).first()
        language = (person.language if person else "") or translation.get_language()
        known = {"email": email, "site_name": settings.SITE_NAME, "site_url": settings.PUBLIC_URL}
        with translation.override(language):
            self.render_mail(template_prefix, email, known | context).send()
        self._show_link(template_prefix, context)

    def _show_link(self, template_prefix: str, context: dict[str, Any]) -> None:
        """On a portal that nobody but this machine can reach, spare the visitor the mailbox."""
        link = context.get("activate_url") or context.get("password_reset_url")
        if not link or not settings.SHOW_MAILED_LINKS:
            return
        mail_log.warning("Mailed link (%s): %s", template_prefix.rpartition("/")[2], link)
        request = allauth_context.request
        if request is not None and "confirm" in template_prefix:
            request.session[SHOWN_LINK] = link


class SessionsAdapter(DefaultUserSessionsAdapter):
    def end_sessions(self, sessions: list[UserSession]) -> None:
        """End sessions of one person, and record how many."""
        super().end_sessions(sessions)
        if sessions:
            fleeting.record(SESSIONS_ENDED, sessions[0].user, count=len(sessions))


class MFAAdapter(DefaultMFAAdapter):
    """Second factors: secrets are encrypted at rest, keys are bound to the public address."""

    def _get_site_name(self) -> str:
        return str(settings.SITE_NAME)

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def encrypt(self, text: str) -> str:
        return Fernet(settings.TOTP_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return Fernet(settings.TOTP_KEY).decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        host = settings.PUBLIC_URL.partition("://")[2].partition(":")[0].partition("/")[0]
        return {"id": host, "name": self._get_site_name()}
