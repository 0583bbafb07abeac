"""What every answer carries: policies, cookies, and what the transfer side leaves out. Row 27."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.server import Server

ACTIVE = [
    "html",
    "htm",
    "xhtml",
    "svg",
    "xml",
    "js",
    "mjs",
    "css",
    "pdf",
    "mht",
    "mhtml",
    "swf",
    "hta",
]
PAGES = ["/", "/models", "/maker", "/maker/active", "/accounts/login/", "/search?q=a", "/nowhere",
         "/maker/active/blob/main/a.html", "/api/v1/docs", "/healthz", "/log"]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def active(as_person: Callable[..., HubClient]) -> None:
    maker = as_person("maker")
    maker.call("HfApi().create_repo('active')")
    script = b"<script>alert(1)</script>"
    adds = ", ".join(f"CommitOperationAdd('a.{suffix}', {script!r})" for suffix in ACTIVE)
    maker.call(
        f"HfApi().create_commit('maker/active', commit_message='m', operations=[{adds}, "
        f"CommitOperationAdd('big.html', {script!r} * 2**19)])"
    )


@pytest.mark.attack(27)
@pytest.mark.parametrize("suffix", ACTIVE)
def test_a_file_on_the_pages_origin_is_a_sandboxed_download(
    portal_server: Server, suffix: str
) -> None:
    url = f"{portal_server.url}/maker/active/resolve/main/a.{suffix}"
    for query in ("", "?response-content-type=text/html", "?download=0", "?raw=true"):
        answer = httpx2.get(url + query, headers={"Accept": "text/html"})
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] in (
            "application/octet-stream",
            "text/plain; charset=utf-8",
        )
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.attack(27)
def test_large_files_come_from_an_origin_without_cookies(portal_server: Server) -> None:
    where = f"{portal_server.url}/maker/active/resolve/main/big.html"
    link = httpx2.get(where).headers["Location"]
    assert link.startswith(portal_server.content_url)
    cookies = "commonhold_session=x; commonhold_csrf=y; hf_token=z"
    for url in (
        link,
        f"{portal_server.content_url}/nowhere",
        f"{portal_server.content_url}/content/a/b",
    ):
        answer = httpx2.get(url, headers={"Cookie": cookies})
        assert "Set-Cookie" not in answer.headers and "Cookie" not in answer.headers.get("Vary", "")
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_its_policies(portal_server: Server, path: str) -> None:
    answer = httpx2.get(portal_server.url + path)
    policy = answer.headers["Content-Security-Policy"]
    assert (
        "default-src 'none'" in policy
        and "unsafe" not in policy
        and "frame-ancestors 'none'" in policy
    )
    assert "data:" not in policy and "*" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_cookies_are_out_of_a_scripts_reach(portal_server: Server) -> None:
    with httpx2.Client(base_url=portal_server.url) as browser:
        browser.get("/accounts/login/")
        maker = portal_server.people.maker
        form = {"login": maker.username, "password": maker.password}
        form["csrfmiddlewaretoken"] = browser.cookies["commonhold_csrf"]
        answer = browser.post("/accounts/login/", data=form)
    set_cookies = {c.partition("=")[0]: c for c in answer.headers.get_list("Set-Cookie")}
    session = set_cookies["commonhold_session"]
    assert "HttpOnly" in session and "SameSite=Lax" in session and "Path=/" in session
    assert all("Domain=" not in cookie for cookie in set_cookies.values())


def test_over_https_cookies_belong_to_the_host_alone(tmp_path: Path) -> None:
    """`__Host-` cookies: secure, for the whole host, and for no other one."""
    kinds = ("NAME", "SECURE", "DOMAIN", "PATH", "HTTPONLY")
    names = [f"{cookie}_COOKIE_{kind}" for cookie in ("SESSION", "CSRF") for kind in kinds]
    code = (
        "import json; from django.conf import settings as s; "
        f"print(json.dumps({{k: getattr(s, k) for k in {[*names, 'SHOW_MAILED_LINKS']}}}))"
    )
    environment = os.environ | {
        "COMMONHOLD_PUBLIC_URL": "https://hub.example.org",
        "COMMONHOLD_CONTENT_URL": "https://files.example.net",
        "COMMONHOLD_DATA": str(tmp_path / "var"),
        "DJANGO_SETTINGS_MODULE": "portal.site.settings",
    }
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    for name in ("SESSION", "CSRF"):
        assert said[f"{name}_COOKIE_NAME"].startswith("__Host-")
        assert said[f"{name}_COOKIE_SECURE"] is True
        assert (said[f"{name}_COOKIE_DOMAIN"], said[f"{name}_COOKIE_PATH"]) == (None, "/")
    assert said["SESSION_COOKIE_HTTPONLY"] and not said["SHOW_MAILED_LINKS"]
