"""The device flow: one code, one person, one token; and renewals that are good once."""

import datetime as dt

import pytest
from django.core.cache import caches

from portal import devices, tokens
from portal.clock import db_now, shifted
from portal.devices.models import DeviceLogin, Renewal
from portal.devices.refusals import (
    BadClient,
    BadGrant,
    Denied,
    Expired,
    NoSuchCode,
    Pending,
    SlowDown,
)
from portal.events.models import Event
from portal.tokens.models import AccessToken, Reason

pytestmark = pytest.mark.django_db


def approved(person, role: str = "write"):
    login, code = devices.ask("hf_hub/2.4.0")
    devices.approve(login, by=person, name="laptop", role=role)
    return login, code


def later(**more: float):
    return shifted(dt.timedelta(**more))


@pytest.mark.db
def test_an_approved_program_gets_one_token(maker):
    login, code = devices.ask("hf_hub/2.4.0")
    with pytest.raises(Pending):
        devices.collect(code)
    devices.approve(devices.waiting(login.shown_code.lower()), by=maker, name="laptop", role="read")
    grant = devices.collect(code)
    token = tokens.authenticate(grant.access)
    assert (token.person, token.role, token.name, token.origin) == (
        maker,
        "read",
        "laptop",
        "device",
    )
    assert abs(token.expires_at - db_now() - dt.timedelta(days=30)) < dt.timedelta(minutes=1)
    for secret in (code, grant.access, grant.renewal):
        assert secret not in str(
            list(DeviceLogin.objects.values()) + list(Renewal.objects.values())
        )
    with pytest.raises(BadGrant):
        devices.collect(code)
    assert AccessToken.objects.count() == 1
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {"portal:device:approved", "portal:token:created"} <= kinds


def test_a_denied_program_gets_nothing(maker, voter):
    login, code = devices.ask("hf_hub/2.4.0")
    devices.deny(login, by=maker)
    with pytest.raises(Denied):
        devices.collect(code)
    with pytest.raises(NoSuchCode):
        devices.approve(login, by=voter, name="x", role="write")
    assert not AccessToken.objects.exists()


@pytest.mark.db
def test_codes_end_after_fifteen_minutes(maker):
    login, code = devices.ask("hf_hub/2.4.0")
    with later(minutes=16):
        with pytest.raises(NoSuchCode):
            devices.waiting(login.user_code)
        with pytest.raises(Expired):
            devices.collect(code)
    with later(days=2):
        devices.ask("another")
        assert not DeviceLogin.objects.filter(pk=login.pk).exists()


@pytest.mark.db
def test_who_polls_too_often_waits_longer(maker):
    _login, code = devices.ask("hf_hub/2.4.0")
    with pytest.raises(Pending):
        devices.collect(code)
    with pytest.raises(SlowDown):
        devices.collect(code)
    with later(seconds=6), pytest.raises(SlowDown):
        devices.collect(code)
    with later(seconds=30), pytest.raises(Pending):
        devices.collect(code)


@pytest.mark.parametrize("client", ["", "x" * 201, "line\nbreak", "\x00"])
def test_a_program_says_who_it_is(db, client):
    with pytest.raises(BadClient):
        devices.ask(client)


@pytest.mark.db
def test_a_renewal_is_good_once_and_the_token_before_ends_soon(maker):
    _login, code = approved(maker)
    first = devices.collect(code)
    second = devices.renew(first.renewal)
    assert tokens.authenticate(second.access).role == "write"
    assert tokens.authenticate(first.access), "other programs of the machine still hold it"
    with later(hours=2):
        assert tokens.authenticate(first.access) is None
        assert tokens.authenticate(second.access)


@pytest.mark.db
def test_a_renewal_used_twice_ends_the_login(maker):
    """Somebody copied it: whoever comes second, neither keeps a token."""
    _login, code = approved(maker)
    first = devices.collect(code)
    second = devices.renew(first.renewal)
    with pytest.raises(BadGrant):
        devices.renew(first.renewal)
    for grant in (first, second):
        assert tokens.authenticate(grant.access) is None
    with pytest.raises(BadGrant):
        devices.renew(second.renewal)
    assert set(AccessToken.objects.values_list("revoked_because", flat=True)) == {Reason.COPIED}


@pytest.mark.db
def test_nothing_is_renewed_for_a_revoked_token_or_who_is_gone(maker, voter):
    for person in (maker, voter):
        _login, code = approved(person)
        grant = devices.collect(code)
        if person == maker:
            tokens.revoke(grant.token, because=Reason.OWNER, by=maker)
        else:
            type(person).objects.filter(pk=person.pk).update(is_active=False)
        with pytest.raises(BadGrant):
            devices.renew(grant.renewal)
    _login, code = approved(maker)
    grant = devices.collect(code)
    with later(days=91), pytest.raises(BadGrant):
        devices.renew(grant.renewal)


def test_an_erased_person_has_let_nobody_in(maker):
    from portal.devices.privacy import erase, export

    _login, code = approved(maker)
    grant = devices.collect(code)
    assert export(maker)["let_in"][0]["client"] == "hf_hub/2.4.0"
    erase(maker)
    erase(maker)
    assert not DeviceLogin.objects.exists()
    with pytest.raises(BadGrant):
        devices.renew(grant.renewal)


# --- the page -----------------------------------------------------------------------------------
def test_the_page_says_who_asks_and_takes_the_answer(maker, sign_in, client):
    login, code = devices.ask("<b>hf_hub</b>/2.4.0")
    address = f"/oauth/device?user_code={login.shown_code}"
    assert client.get(address).url.startswith("/accounts/login/?next=%2Foauth%2Fdevice%3F")
    browser = sign_in(maker)
    page = browser.get(address).content.decode()
    assert login.shown_code in page and "&lt;b&gt;hf_hub&lt;/b&gt;" in page
    sent = {"user_code": login.user_code, "answer": "approve", "name": "laptop", "role": "read"}
    assert browser.post("/oauth/device/answer", sent | {"role": "fineGrained"}).status_code == 422
    assert browser.post("/oauth/device/answer", sent).status_code == 200
    assert devices.collect(code).token.role == "read"
    assert browser.post("/oauth/device/answer", sent).status_code == 422, "once"


def test_a_code_is_not_found_by_trying(maker, sign_in, settings):
    settings.RATE_DEVICE_CODES = "3/min"
    caches["default"].clear()
    login, _code = devices.ask("hf_hub/2.4.0")
    browser = sign_in(maker)
    said = [browser.get(f"/oauth/device?user_code=BCDF-BCD{x}").status_code for x in "FGHJ"]
    assert said == [422, 422, 422, 429]
    assert browser.get(f"/oauth/device?user_code={login.user_code}").status_code == 429
