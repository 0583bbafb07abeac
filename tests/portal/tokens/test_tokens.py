"""Access tokens: made once, kept as a hash, never worth more than their person."""

import datetime as dt
import re
from urllib.parse import quote

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from portal import tokens
from portal.clock import db_now, shifted
from portal.errors import Invalid
from portal.events.models import Event
from portal.tokens import secret
from portal.tokens.models import AccessToken, Reason
from portal.tokens.scopes import InvalidScope, Scopes

pytestmark = pytest.mark.django_db
LEAK_DOOR = "/api/v1/tokens/leaked"


def bearer(raw: str) -> dict[str, str]:
    return {"authorization": f"Bearer {raw}"}


def plain(answer) -> bytes:
    """Return a page without what differs in every answer: the CSRF mask, and its own address."""
    without_mask = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", answer.content)
    own = answer.wsgi_request.path
    return without_mask.replace(own.encode(), b"").replace(quote(own, safe="").encode(), b"")


def issue(person, role: str = "read", **more):
    return tokens.issue(person, name="laptop", role=role, **more)


def test_a_secret_is_shown_once_and_kept_as_a_hash(maker):
    token, raw = issue(maker)
    assert raw.startswith("hf_ch_") and secret.is_well_formed(raw)
    stored = AccessToken.objects.filter(pk=token.pk).values().get()
    assert raw not in str(stored) and len(stored["digest"]) == 64
    assert tokens.authenticate(raw) == token


def test_a_mistyped_token_never_reaches_the_database(maker, django_assert_num_queries):
    _token, raw = issue(maker)
    wrong = raw[:10] + ("a" if raw[10] != "a" else "b") + raw[11:]
    with django_assert_num_queries(0):
        assert tokens.authenticate(wrong) is None
        assert tokens.authenticate("hf_ch_é") is None


@pytest.mark.db
def test_a_token_ends_when_it_expires(maker):
    _token, raw = issue(maker, expires_at=db_now() + dt.timedelta(days=1))
    assert tokens.authenticate(raw)
    with shifted(dt.timedelta(days=1, seconds=1)):
        assert tokens.authenticate(raw) is None
    with pytest.raises(Invalid):
        issue(maker, expires_at=db_now())


@pytest.mark.db
def test_last_use_is_written_at_most_every_ten_minutes(maker, django_assert_num_queries):
    token, raw = issue(maker)
    first = tokens.authenticate(raw).last_used_at
    with shifted(dt.timedelta(minutes=9)):
        assert tokens.authenticate(raw).last_used_at == first
    with shifted(dt.timedelta(minutes=11)):
        assert tokens.authenticate(raw).last_used_at > first
    token.refresh_from_db()
    assert token.last_used_at > first


def test_a_revoked_token_is_refused_at_the_next_request(maker, client):
    token, raw = issue(maker)
    assert client.get("/api/v1/me", headers=bearer(raw)).status_code == 200
    assert tokens.revoke(token, because=Reason.OWNER, by=maker)
    assert not tokens.revoke(token, because=Reason.OWNER, by=maker), "twice is once"
    assert client.get("/api/v1/me", headers=bearer(raw)).status_code == 401
    assert Event.objects.filter(kind="portal:token:revoked").count() == 1


def test_tokens_of_somebody_who_is_gone_open_nothing(maker):
    _token, raw = issue(maker)
    maker.is_active = False
    maker.save()
    assert tokens.authenticate(raw) is None


@pytest.mark.db
def test_the_database_knows_the_roles_and_reasons(maker):
    token, _raw = issue(maker)
    for wrong in ({"role": "root"}, {"revoked_at": db_now()}, {"revoked_because": "owner"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            AccessToken.objects.filter(pk=token.pk).update(**wrong)


def test_scopes_that_do_not_exist_are_refused(maker):
    with pytest.raises(InvalidScope):
        issue(maker, "fineGrained", scopes=Scopes(frozenset({"tokens:manage"})))
    with pytest.raises(InvalidScope):
        issue(maker, "fineGrained")


def test_accepting_agreements_needs_a_scope_that_no_default_token_has(maker):
    for role in ("read", "write"):
        assert not issue(maker, role)[0].covers("agreements:accept")
    chosen, _raw = issue(maker, "fineGrained", scopes=Scopes(frozenset({"agreements:accept"})))
    assert chosen.covers("agreements:accept") and not chosen.covers("repo.read")


# --- security.md 3, row 23: read and fine-grained tokens write nothing; only the header counts ---
WRITES = [
    ("patch", "/api/v1/me", {"about": "x"}),
    ("post", "/api/v1/organisations", {"handle": "newcomers"}),
    ("post", "/api/v1/tokens", {"name": "t", "role": "write"}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
@pytest.mark.parametrize("role", ["read", "fineGrained"])
def test_a_token_without_the_scope_writes_nothing(maker, client, method, path, body, role):
    scopes = Scopes(frozenset({"repo.write"})) if role == "fineGrained" else None
    _token, raw = issue(maker, role, scopes=scopes)
    events, rows = Event.objects.count(), AccessToken.objects.count()
    answer = getattr(client, method)(
        path, body, content_type="application/json", headers=bearer(raw)
    )
    assert answer.status_code == 403 and answer.json()["code"] == "TokenScope"
    assert (Event.objects.count(), AccessToken.objects.count()) == (events, rows)


def test_a_token_in_the_query_or_a_cookie_is_nobody(maker, client):
    _token, raw = issue(maker, "write")
    for name in ("token", "access_token", "hf_token", "authorization"):
        assert client.get("/api/v1/me", {name: raw}).status_code == 401
        client.cookies[name] = raw
    assert client.get("/api/v1/me").status_code == 401


def test_a_write_token_makes_no_tokens(maker, client):
    _token, raw = issue(maker, "write")
    answer = client.post(
        "/api/v1/tokens",
        {"name": "t", "role": "write"},
        content_type="application/json",
        headers=bearer(raw),
    )
    assert answer.status_code == 403 and answer.json()["code"] == "TokenScope"


# --- the public door ------------------------------------------------------------------------------
def test_a_leaked_token_is_revoked_by_anybody_and_the_answer_tells_nothing(maker, client):
    token, raw = issue(maker, "write")
    answers = [
        client.post(LEAK_DOOR, {"token": text}, content_type="application/json")
        for text in (raw, raw, secret.generate(), "hello")
    ]
    assert {(a.status_code, a.content) for a in answers} == {(202, b"")}
    token.refresh_from_db()
    assert token.revoked_because == Reason.LEAKED and tokens.authenticate(raw) is None


def test_the_page_for_leaked_tokens_asks_for_no_account(maker, client):
    token, raw = issue(maker)
    found = client.post("/tokens/leaked", {"token": raw})
    made_up = client.post("/tokens/leaked", {"token": secret.generate()})
    assert found.status_code == made_up.status_code == 200
    assert plain(found) == plain(made_up)
    token.refresh_from_db()
    assert token.revoked_at


# --- pages ----------------------------------------------------------------------------------------
def test_the_secret_is_on_the_page_that_made_it_and_on_no_other(maker, sign_in):
    browser = sign_in(maker)
    made = browser.post("/settings/tokens/new", {"name": "ci", "role": "write", "lives": "30"})
    raw = made.context["secret"]
    assert made.status_code == 200 and raw.encode() in made.content
    assert "no-store" in made["Cache-Control"]
    assert raw.encode() not in browser.get("/settings/tokens").content
    assert tokens.authenticate(raw).expires_at is not None


def test_repo_scopes_hold_for_the_named_repos_only(maker, sign_in):
    form = {
        "name": "job", "role": "fineGrained", "lives": "never",
        "scopes": ["repo.read", "person.read"], "only": "maker/tiny\n Maker/Other ",
    }  # fmt: skip
    raw = sign_in(maker).post("/settings/tokens/new", form).context["secret"]
    assert tokens.authenticate(raw).scopes == {
        "everywhere": ["person.read"],
        "only": {"maker/tiny": ["repo.read"], "maker/other": ["repo.read"]},
    }


# --- row 38: somebody else's token is missing, as one that never was ------------------------------
def test_somebody_elses_token_cannot_be_revoked_nor_told_from_a_missing_one(
    maker, outsider, sign_in
):
    token, _raw = issue(maker)
    browser = sign_in(outsider)
    for path in ("/settings/tokens/{}/revoke", "/api/v1/tokens/{}"):
        method = browser.post if "settings" in path else browser.delete
        foreign, missing = method(path.format(token.pk)), method(path.format(10**9))
        assert foreign.status_code == missing.status_code == 404
        assert plain(foreign) == plain(missing)
    token.refresh_from_db()
    assert token.revoked_at is None


# --- row 24: CSRF ---------------------------------------------------------------------------------
def test_a_session_writes_only_with_the_csrf_token_and_only_json(maker):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(maker, backend="django.contrib.auth.backends.ModelBackend")
    body, kind = {"name": "x", "role": "write"}, "application/json"
    evil = {"origin": "https://evil.example"}
    assert browser.post("/api/v1/tokens", body, content_type=kind).status_code == 403
    assert browser.post("/api/v1/tokens", body, content_type=kind, headers=evil).status_code == 403
    browser.get("/settings/tokens/new")
    csrf = {"x-csrftoken": browser.cookies["commonhold_csrf"].value}
    text = '{"name": "x", "role": "write"}'
    for wrong in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = browser.generic("POST", "/api/v1/tokens", text, content_type=wrong, headers=csrf)
        assert answer.status_code == 415, wrong
    override = {"x-http-method-override": "DELETE"}
    token, _raw = issue(maker)
    browser.get(f"/api/v1/tokens/{token.pk}?_method=DELETE", headers=override)
    token.refresh_from_db()
    assert token.revoked_at is None
    made = browser.post("/api/v1/tokens", body, content_type=kind, headers=csrf)
    assert made.status_code == 201 and tokens.authenticate(made.json()["token"])
    page = browser.post("/settings/tokens/new", {"name": "x", "role": "read", "lives": "30"})
    assert page.status_code == 403 and b"ForgedForm" in page.content
