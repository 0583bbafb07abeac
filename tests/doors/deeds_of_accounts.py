"""allauth's doors and the administration's: coming in, going out, second factors."""

from allauth.account.models import EmailConfirmationHMAC
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from portal.people.models import Person
from tests.doors.enumerated import unsafe
from tests.doors.world import World, deed, silent
from tests.factories import PASSWORD
from tests.support.codes import code_of

NEW = "another long passphrase"
silent(
    "Django's form views take PUT for POST: the same code, which the deed at POST pins",
    *[door for door in unsafe() if door.startswith("PUT allauth.")],
    "DELETE allauth.mfa.webauthn.views.RemoveWebAuthnView",
)
silent(
    "a step of a sign-in or a question for the password: the session it opens is recorded",
    "POST allauth.account.views.ReauthenticateView",
    "POST allauth.account.views.ConfirmLoginCodeView",
    "POST allauth.mfa.base.views.ReauthenticateView",
    "POST allauth.mfa.webauthn.views.ReauthenticateWebAuthnView",
)
silent(
    "sends a mail to an address, for anybody who asks; what the mail leads to is recorded",
    "POST allauth.account.views.PasswordResetView",
    "POST allauth.account.views.email_verification_sent",
)
silent(
    "the same signals as the authenticator app's, sent by a passkey: a browser test signs in so",
    "POST allauth.mfa.webauthn.views.AddWebAuthnView",
    "POST allauth.mfa.webauthn.views.RemoveWebAuthnView",
    "POST allauth.mfa.webauthn.views.LoginWebAuthnView",
)
silent(
    "a name that only its owner sees, of one's own key",
    "POST allauth.mfa.webauthn.views.EditWebAuthnView",
)
silent("leads to the account's own page", "POST portal.people.admin_site.password_change")
silent(
    "the administration's reading pages take any method",
    *[
        f"POST django.contrib.admin.{view}"
        for view in (
            "options.changelist_view",
            "options.history_view",
            "sites.app_index",
            "sites.autocomplete_view",
            "sites.catch_all_view",
            "sites.i18n_javascript",
            "sites.index",
            "sites.password_change_done",
        )
    ],
    "POST django.contrib.contenttypes.views.shortcut",
    "POST portal.people.admin_site.login",
    *[
        f"{method} django.views.generic.base.RedirectView"
        for method in ("POST", "PUT", "PATCH", "DELETE")
    ],
)


def administrator(world: World) -> Client:
    person = world.person("admin", is_staff=True, is_superuser=True)
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    return world.browser("admin")


# --- in and out -----------------------------------------------------------------------------------
@deed("POST allauth.account.views.SignupView", "portal:person:created")
def join(world: World):
    form = {"username": "newcomer", "email": "newcomer@example.org", "password1": NEW}
    return Client().post("/accounts/signup/", form | {"age_ok": "on"})


@deed("POST allauth.account.views.ConfirmEmailView", "portal:person:email-confirmed")
def confirm_an_address(world: World):
    address = world.person("newcomer", verified=False).emailaddress_set.get()
    return Client().post(f"/accounts/confirm-email/{EmailConfirmationHMAC(address).key}/")


@deed("POST allauth.account.views.LoginView", "portal:person:signed-in")
def sign_in(world: World):
    world.person("maker")
    return Client().post("/accounts/login/", {"login": "maker", "password": PASSWORD})


@deed("POST allauth.account.views.LogoutView", "portal:person:signed-out")
def sign_out(world: World):
    return world.browser().post("/accounts/logout/")


@deed("POST allauth.usersessions.views.ListUserSessionsView", "portal:person:sessions-ended")
def end_other_sessions(world: World):
    world.signed_in()
    return world.signed_in().post("/accounts/sessions/")


# --- address and password -------------------------------------------------------------------------
@deed("POST allauth.account.views.EmailView", "portal:person:email-removed")
def remove_an_address(world: World):
    browser = world.signed_in()
    second = world.person("maker").emailaddress_set.create(email="second@example.org")
    return browser.post("/accounts/email/", {"action_remove": "", "email": second.email})


@deed("POST allauth.account.views.PasswordChangeView", "portal:person:password-changed")
def change_the_password(world: World):
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    return world.signed_in().post("/accounts/password/change/", form)


@deed("POST allauth.account.views.PasswordSetView", "portal:person:password-changed")
def set_a_first_password(world: World):
    browser = world.signed_in()
    Person.objects.filter(username="maker").update(password="!")
    browser.force_login(
        Person.objects.get(username="maker"), "django.contrib.auth.backends.ModelBackend"
    )
    return browser.post("/accounts/password/set/", {"password1": NEW, "password2": NEW})


@deed("POST allauth.account.views.PasswordResetFromKeyView", "portal:person:password-changed")
def reset_the_password(world: World):
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str

    person, browser = world.person("maker"), Client()
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    form_page = browser.get(f"/accounts/password/reset/key/{key}/")["Location"]
    return browser.post(form_page, {"password1": NEW, "password2": NEW})


# --- second factors -------------------------------------------------------------------------------
@deed("POST allauth.mfa.base.views.AuthenticateView", "portal:person:code-refused")
def give_a_wrong_code(world: World):
    TOTP.activate(world.person("maker"), "JBSWY3DPEHPK3PXP")
    browser = Client()
    browser.post("/accounts/login/", {"login": "maker", "password": PASSWORD})
    return browser.post("/accounts/2fa/authenticate/", {"code": "000000"})


@deed("POST allauth.mfa.totp.views.ActivateTOTPView", "portal:person:factor-added")
def add_an_authenticator(world: World):
    browser = world.signed_in()
    browser.get("/accounts/2fa/totp/activate/")
    code = code_of(browser.session["mfa.totp.secret"])
    return browser.post("/accounts/2fa/totp/activate/", {"code": code})


@deed("POST allauth.mfa.totp.views.DeactivateTOTPView", "portal:person:factor-removed")
def remove_an_authenticator(world: World):
    browser = world.signed_in()
    TOTP.activate(world.person("maker"), "JBSWY3DPEHPK3PXP")
    return browser.post("/accounts/2fa/totp/deactivate/")


@deed(
    "POST allauth.mfa.recovery_codes.views.GenerateRecoveryCodesView",
    "portal:person:factor-removed",
)
def make_new_recovery_codes(world: World):
    browser = world.signed_in()
    TOTP.activate(world.person("maker"), "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(world.person("maker"))
    return browser.post("/accounts/2fa/recovery-codes/generate/")


# --- the administration ---------------------------------------------------------------------------
@deed("POST django.contrib.admin.options.add_view", "admin:group:added")
def admin_adds(world: World):
    return administrator(world).post("/admin/auth/group/add/", {"name": "readers"})


@deed("POST django.contrib.admin.options.change_view", "admin:person:changed")
def admin_changes(world: World):
    address = f"/admin/portal/person/{world.person('maker').pk}/change/"
    return administrator(world).post(address, {"display_name": "Mara", "is_active": "on"})


@deed("POST django.contrib.admin.options.delete_view", "admin:group:deleted")
def admin_deletes(world: World):
    from django.contrib.auth.models import Group

    group = Group.objects.create(name="readers")
    return administrator(world).post(f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"})


@deed("POST django.contrib.admin.sites.logout", "portal:person:signed-out")
def admin_signs_out(world: World):
    return administrator(world).post("/admin/logout/")
