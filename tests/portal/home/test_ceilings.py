"""Lists stay within their ceiling of queries, with content on them, for whoever looks."""

import io

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.browser import world
from tests.browser.routes import PAGES
from tests.factories import PersonFactory

CEILING = 8
LISTS = [
    *("home", "help", "models", "datasets", "search", "log", "log_keys", "leaderboards"),
    *("submissions", "licences", "policies", "norms_history", "norms_settings", "proposals"),
    *("polls", "voters", "feedback", "notices", "profile", "organisation_members"),
    *("usersessions_list", "settings_tokens", "settings_organisations", "settings_agreements"),
    *("settings_access", "settings_watching", "settings_notices", "mfa_index", "model_activity"),
    *("model_discussions", "dataset_discussions", "model_commits"),
]


@pytest.mark.django_db
def test_lists_keep_their_ceiling_with_content(sign_in):
    names = ("admin", "moderator", "maker", "voter", "reader_zh", "outsider")
    people = {name: PersonFactory(username=name, is_staff=name == "admin") for name in names}
    call_command("load_documents", stdout=io.StringIO())
    known = world.filled(people)
    browsers = {name: sign_in(person) for name, person in people.items()}
    over = {}
    for name in LISTS:
        path = PAGES[name].path.format(**known)
        caches["local"].clear()
        with CaptureQueriesContext(connection) as asked:
            answer = browsers[PAGES[name].who or "maker"].get(path)
        assert answer.status_code == 200, path
        if len(asked) > CEILING:
            over[name] = len(asked)
    assert over == {}
