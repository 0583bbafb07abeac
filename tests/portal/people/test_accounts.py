"""Accounts: joining, signing in, being told apart from nobody. Row 40 of the attack table."""

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from portal.events.models import Event
from portal.people import accounts, handles
from portal.people.erasure import erase
from portal.people.models import Namespace, Person
from tests.factories import PASSWORD, OrganisationFactory, PersonFactory

pytestmark = pytest.mark.django_db
FORM = {
    "username": "newcomer",
    "email": "newcomer@example.org",
    "password1": "a rather long passphrase",
    "age_ok": "on",
}


@pytest.fixture(autouse=True)
def mailbox(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.SHOW_MAILED_LINKS = False
    mail.outbox = []
    return mail.outbox


def plain(answer) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", answer.content)


def link_in(message) -> str:
    return re.search(r"http://localhost:8000(/\S+)", message.body)[1]


# --- joining --------------------------------------------------------------------------------------
def test_joining_takes_a_confirmed_address(client, mailbox):
    assert client.post("/accounts/signup/", FORM).status_code == 302
    person = Person.objects.get(username="newcomer")
    assert person.age_ok_at and person.namespace.key == "newcomer"
    assert client.get("/settings/profile").status_code == 302, "not before the confirmation"
    link = link_in(mailbox[0])
    assert client.post(link).status_code == 302
    assert client.get("/settings/profile").status_code == 200
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {"portal:person:created", "portal:person:email-confirmed"} <= kinds


def test_the_event_of_joining_names_nobody(client):
    client.post("/accounts/signup/", FORM)
    body = str(Event.objects.filter(kind="portal:person:created").values_list("body", "subject"))
    assert "newcomer" not in body


@pytest.mark.parametrize(
    "wrong",
    [
        {"age_ok": ""},
        {"username": "api"},
        {"username": "Datasets"},
        {"username": "a--b"},
        {"username": "x.git"},
        {"username": "-x"},
        {"username": "x/../y"},
        {"username": "MAKER"},
        {"password1": "short"},
        {"password1": "password1234"},
        {"email": "nobody"},
    ],
)
def test_a_wrong_form_changes_nothing(client, maker, wrong):
    before = Person.objects.count()
    answer = client.post("/accounts/signup/", FORM | wrong)
    assert answer.status_code == 200 and answer.context["form"].errors
    assert Person.objects.count() == before


def test_fields_that_the_form_does_not_have_are_ignored(client):
    client.post("/accounts/signup/", FORM | {"is_staff": "1", "is_superuser": "1", "is_demo": "1"})
    person = Person.objects.get(username="newcomer")
    assert not (person.is_staff or person.is_superuser or person.is_demo)


def test_mails_speak_the_language_of_the_visitor(client, mailbox):
    client.post("/accounts/signup/", FORM, headers={"accept-language": "zh-Hans"})
    assert Person.objects.get(username="newcomer").language == "zh-hans"


# --- nobody can be told from somebody -------------------------------------------------------------
def test_joining_with_a_known_address_looks_like_joining(client, maker, mailbox):
    taken = client.post("/accounts/signup/", FORM | {"email": maker.email})
    other = Client().post("/accounts/signup/", FORM)
    assert (taken.status_code, taken["Location"]) == (other.status_code, other["Location"])
    assert plain(client.get(taken["Location"])) == plain(Client().get(other["Location"]))
    assert [message.to for message in mailbox] == [[maker.email], [FORM["email"]]]


def test_a_wrong_password_and_a_wrong_name_are_told_alike(maker):
    answers = [
        Client().post("/accounts/login/", {"login": login, "password": "wrong"})
        for login in (maker.username, "who-is-that")
    ]
    said = [answer.context["form"].non_field_errors() for answer in answers]
    assert said[0] == said[1] and {a.status_code for a in answers} == {200}


def test_a_reset_says_the_same_to_everybody_and_mails_only_the_owner(maker, mailbox):
    known = Client().post("/accounts/password/reset/", {"email": maker.email})
    other = Client().post("/accounts/password/reset/", {"email": "who@example.org"})
    assert (known.status_code, known["Location"]) == (other.status_code, other["Location"])
    assert [message.to for message in mailbox] == [[maker.email]]


@pytest.mark.parametrize("login", ["maker", "MAKER", "maker@example.org", "Maker@Example.org"])
def test_signing_in_by_handle_or_address_in_any_case(client, maker, login):
    assert (
        client.post("/accounts/login/", {"login": login, "password": PASSWORD})["Location"] == "/"
    )


# --- row 40 ---------------------------------------------------------------------------------------
def test_a_poisoned_host_does_not_reach_the_mail(client, maker, mailbox):
    refused = client.post(
        "/accounts/password/reset/", {"email": maker.email}, headers={"host": "evil.example"}
    )
    assert refused.status_code == 400 and not mailbox
    for headers in ({"host": "127.0.0.1"}, {"x-forwarded-host": "evil.example"}):
        mailbox.clear()
        client.post("/accounts/password/reset/", {"email": maker.email}, headers=headers)
        assert "http://localhost:8000/accounts/" in mailbox[0].body
        assert "evil" not in mailbox[0].body and "127.0.0.1/" not in mailbox[0].body


EVIL = [
    "//evil.example", "https://evil.example", "http://evil.example", "\\\\evil.example",
    "/\\evil.example", "///evil.example", "https:evil.example", "javascript:alert(1)",
    "data:text/html,x", " //evil.example", "https://localhost:8000@evil.example",
    "/\t/evil.example",
    "http://localhost.evil.example", "http://127.0.0.1:9", "ftp://localhost:8000/", "http:///evil.example",
]  # fmt: skip


@pytest.mark.parametrize("target", EVIL)
def test_nobody_is_sent_elsewhere_after_a_form(client, maker, target):
    form = {"login": "maker", "password": PASSWORD, "next": target}
    assert client.post("/accounts/login/", form)["Location"] == "/"
    assert client.post("/accounts/logout/", {"next": target})["Location"] == "/"
    assert client.post("/language", {"language": "en", "next": target})["Location"] == "/"


def test_a_session_changes_its_key_at_sign_in_and_ends_at_sign_out(client, maker):
    client.get("/accounts/login/")
    client.session.save()
    fixed = client.session.session_key
    client.cookies["commonhold_session"] = fixed or "chosen-by-somebody"
    client.post("/accounts/login/", {"login": "maker", "password": PASSWORD})
    signed_in = client.cookies["commonhold_session"].value
    assert signed_in != fixed
    client.post("/accounts/logout/")
    thief = Client()
    thief.cookies["commonhold_session"] = signed_in
    assert thief.get("/settings/profile").status_code == 302


def test_too_many_wrong_passwords_shut_the_door_for_a_while(client, maker):
    for _attempt in range(6):
        client.post("/accounts/login/", {"login": "maker", "password": "wrong"})
    answer = client.post("/accounts/login/", {"login": "maker", "password": PASSWORD})
    assert answer.status_code in (200, 429) and "_auth_user_id" not in client.session


# --- the second factor ----------------------------------------------------------------------------
def test_staff_without_a_second_factor_do_not_reach_the_administration(admin, sign_in):
    browser = sign_in(admin)
    assert browser.get("/admin/", follow=True).redirect_chain[-1][0] == "/accounts/2fa/"
    TOTP.activate(admin, generate_totp_secret())
    assert browser.get("/admin/").status_code == 200


def test_the_secret_of_an_authenticator_is_not_in_the_database_in_the_clear(maker):
    chosen = generate_totp_secret()
    stored = TOTP.activate(maker, chosen).instance
    stored.refresh_from_db()
    assert chosen not in str(stored.data)


def test_nobody_but_members_of_staff_sees_the_administration(maker, sign_in):
    TOTP.activate(maker, generate_totp_secret())
    assert sign_in(maker).get("/admin/", follow=True).redirect_chain[-1][0] == "/"


def test_an_administrators_change_is_an_event_and_rights_are_the_superusers(admin, maker, sign_in):
    TOTP.activate(admin, generate_totp_secret())
    page = f"/admin/portal/person/{maker.pk}/change/"
    form = {"display_name": "Mara", "email": "evil@example.org", "is_active": "on"}
    assert sign_in(admin).post(page, form).status_code == 302
    maker.refresh_from_db()
    assert (maker.display_name, maker.email) == ("Mara", "maker@example.org")
    event = Event.objects.get(kind="admin:person:changed")
    assert event.subject == f"person:{maker.opaque}" and event.actor_id == admin.pk


@pytest.mark.filterwarnings("error::django.utils.deprecation.RemovedInDjango60Warning")
def test_an_address_without_a_scheme_is_one_of_https_for_administrators_too(admin, maker, sign_in):
    TOTP.activate(admin, generate_totp_secret())
    page = f"/admin/portal/person/{maker.pk}/change/"
    form = {"website": "example.org/mara", "is_active": "on"}
    assert sign_in(admin).post(page, form).status_code == 302
    maker.refresh_from_db()
    assert maker.website == "https://example.org/mara"


# --- handles --------------------------------------------------------------------------------------
@pytest.mark.db
def test_people_and_organisations_share_one_namespace_whatever_the_case():
    OrganisationFactory(handle="Circle")
    with pytest.raises(handles.HandleTaken), transaction.atomic():
        PersonFactory(username="circle")
    with pytest.raises(IntegrityError), transaction.atomic():
        Namespace.objects.bulk_create(
            [Namespace(name="CIRCLE", key="circle", person=PersonFactory())]
        )


@pytest.mark.db
def test_a_handle_is_never_given_to_somebody_else(maker):
    erase(maker, by=None)
    with pytest.raises(handles.HandleTaken):
        accounts.create("Maker", email="second@example.org", password="x" * 12)
    tombstone = Namespace.objects.get(key="maker")
    assert tombstone.owner is None and tombstone.released_at


@pytest.mark.db
def test_one_address_one_account_whatever_its_case(maker):
    with pytest.raises(accounts.EmailTaken):
        accounts.create("second", email="MAKER@example.org", password="x" * 12)


def test_the_first_segment_of_every_address_is_nobodys_handle():
    from django.urls import get_resolver

    def firsts(patterns, prefix=""):
        for entry in patterns:
            whole = prefix + str(entry.pattern)
            if hasattr(entry, "url_patterns") and "/" not in whole:
                yield from firsts(entry.url_patterns, whole)
            else:
                yield whole.lstrip("^").partition("/")[0].rstrip("$")

    plain_words = {w for w in firsts(get_resolver().url_patterns) if w and "<" not in w}
    assert "settings" in plain_words
    free = {w for w in plain_words if handles.is_handle(w) and not handles.is_reserved(w)}
    assert not free


# --- erasure --------------------------------------------------------------------------------------
def test_erasing_leaves_a_number_without_a_name(maker, client):
    from portal import tokens

    _token, raw = tokens.issue(maker, name="t", role="read")
    opaque = maker.opaque
    erase(maker, by=None)
    maker.refresh_from_db()
    assert maker.opaque == opaque and "maker" not in f"{maker.username} {maker.email}"
    assert tokens.authenticate(raw) is None
    assert client.get("/maker").status_code == 404
    assert not client.login(username="maker", password=PASSWORD)
