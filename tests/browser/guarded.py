"""Somebody with an app and a passkey: the pages that only such a person sees need one."""

import json
import re
import subprocess
import sys
from types import SimpleNamespace

from tests.browser.conftest import Watched
from tests.browser.steps import add_passkey, authenticator, enter, press, start_app
from tests.support.codes import code_of
from tests.support.server import ROOT


def make(watched: Watched) -> SimpleNamespace:
    """Make this person in the browser; return how to sign in, and the number of the passkey."""
    words = [sys.executable, "-m", "tests.browser.newcomers", "1"]
    settings = watched.server.environment
    made = subprocess.run(words, cwd=ROOT, env=settings, check=True, capture_output=True, text=True)
    person = SimpleNamespace(**json.loads(made.stdout)[0])
    authenticator(watched.page)
    enter(watched, person)
    add_passkey(watched)
    person.secret = start_app(watched)
    page = watched.open("/accounts/2fa/webauthn/")
    edit = page.locator("tbody a[href$='/edit/']").first.get_attribute("href") or ""
    person.passkey = re.sub(r"\D", "", edit.split("/keys/")[1])
    return person


def sign_in(watched: Watched, person: SimpleNamespace, *, halfway: bool) -> None:
    """Sign in with password and code; `halfway` stops at the question for the code."""
    enter(watched, person)
    if not halfway:
        watched.page.fill("[name=code]", code_of(person.secret))
        press(watched.page, "main form button[type=submit]")
