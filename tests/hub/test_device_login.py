"""`hf auth login` without a token: the unmodified client, and a person in a browser."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.server import Server

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module")
def at_home(portal_server: Server) -> Iterator[httpx2.Client]:
    """Maker in a browser: signed in by the form, cookies and all."""
    with httpx2.Client(base_url=portal_server.url, follow_redirects=True, timeout=60) as client:
        form = {"login": "maker", "password": portal_server.people.maker.password}
        done = client.post("/accounts/login/", data=form | forgery(client, "/accounts/login/"))
        assert done.status_code == 200 and "maker" in done.text
        yield client


def forgery(client: httpx2.Client, address: str) -> dict[str, str]:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(address).text)
    assert found
    return {"csrfmiddlewaretoken": found[1]}


def answer(at_home: httpx2.Client, code: str, word: str = "approve") -> httpx2.Response:
    chosen = {"user_code": code, "answer": word, "name": "by-browser", "role": "write"}
    hidden = forgery(at_home, f"/oauth/device?user_code={code}")
    return at_home.post("/oauth/device/answer", data=chosen | hidden)


def begun(client: HubClient, *command: str) -> tuple[subprocess.Popen[str], str]:
    """Start a login; return it with the code that it shows."""
    login = subprocess.Popen(
        [str(Path(client.python).parent / "hf"), *command],
        env=client.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=client.home,
    )
    assert login.stdout is not None
    told = ""
    while not (found := re.search(r"\b[B-Z]{4}-[B-Z]{4}\b", told)):
        line = login.stdout.readline()
        assert line, told
        told += line
    return login, found[0]


def test_hf_auth_login_by_browser(portal_server: Server, at_home: httpx2.Client) -> None:
    client = HubClient(portal_server)
    login, code = begun(client, "auth", "login")
    assert answer(at_home, code).status_code == 200
    told, _ = login.communicate(timeout=90)
    assert login.returncode == 0, told
    assert "maker" in client.hf("auth", "whoami").stdout
    client.call("HfApi().create_repo('by-device')")
    held = client.call("vars(__import__('huggingface_hub').utils._auth)['_get_token_from_file']()")
    assert held.startswith("hf_ch_")


def test_a_token_near_its_end_is_renewed_by_the_client(
    portal_server: Server, at_home: httpx2.Client
) -> None:
    client = HubClient(portal_server)
    login, code = begun(client, "auth", "login")
    answer(at_home, code)
    login.communicate(timeout=90)
    stored = client.home / "stored_tokens"
    text = stored.read_text()
    before = re.search(r"hf_token = (\S+)", text)
    assert before and "refresh_token" in text
    stored.write_text(re.sub(r"expires_at = \d+", f"expires_at = {int(time.time()) + 60}", text))
    assert "maker" in client.hf("auth", "whoami").stdout
    after = re.search(r"hf_token = (\S+)", stored.read_text())
    assert after and after[1] != before[1]


def test_a_denied_login_says_so(portal_server: Server, at_home: httpx2.Client) -> None:
    client = HubClient(portal_server)
    login, code = begun(client, "auth", "login")
    assert answer(at_home, code, "deny").status_code == 200
    told, _ = login.communicate(timeout=90)
    assert login.returncode != 0 and "denied" in told


def test_no_cookie_opens_the_programs_doors(portal_server: Server, at_home: httpx2.Client) -> None:
    """A page of somebody else's gets a code like anyone, and nothing else by the visitor."""
    told = at_home.post(
        "/oauth/device", data={"client_id": "x"}, headers={"origin": "https://evil.example"}
    )
    assert told.status_code == 200 and "set-cookie" not in told.headers
    assert "access-control-allow-credentials" not in told.headers
    poll = {"grant_type": DEVICE, "device_code": told.json()["device_code"], "client_id": "x"}
    assert at_home.post("/oauth/token", data=poll).json()["error"] == "authorization_pending"
    assert at_home.post("/oauth/token", data=poll).json()["error"] == "slow_down"


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ({}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": DEVICE}, "invalid_grant"),
        ({"grant_type": DEVICE, "device_code": "\x00é"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x" * 5000}, "invalid_grant"),
    ],
)
def test_bad_questions_get_a_word_and_a_sentence(
    portal_server: Server, form: dict[str, str], word: str
) -> None:
    told = httpx2.post(f"{portal_server.url}/oauth/token", data=form, timeout=60)
    assert (told.status_code, told.json()["error"]) == (400, word)
    assert told.json()["error_description"]
    assert told.headers["cache-control"] == "no-store"


def test_other_bodies_and_methods(portal_server: Server) -> None:
    at = portal_server.url
    trusted = httpx2.post(f"{at}/oauth/token", json={"grant_type": "token-exchange"}, timeout=60)
    assert trusted.json()["error"] == "unsupported_grant_type"
    assert httpx2.post(f"{at}/oauth/device", data={}, timeout=60).status_code == 400
    assert httpx2.post(f"{at}/oauth/token", data={"x": "y" * 20_000}, timeout=60).status_code == 413
    assert httpx2.get(f"{at}/oauth/token", timeout=60).status_code == 405
    assert httpx2.put(f"{at}/oauth/device", timeout=60).status_code == 405
