"""Whatever goes wrong is said on a page of the portal, in the reader's language."""

import pytest
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.test import RequestFactory

from portal import errors, errors_middleware

pytestmark = pytest.mark.django_db
LANGUAGES = {"en": 'lang="en"', "zh-hans": 'lang="zh-Hans"'}


@pytest.fixture
def broken(monkeypatch):
    """`broken(error)` makes the first page raise it."""

    def breaking(error: Exception) -> None:
        def render(*args: object, **kwargs: object) -> None:
            raise error

        monkeypatch.setattr("portal.home.views.render", render)

    return breaking


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (errors.Invalid(), 400),
        (errors.Forbidden(), 403),
        (errors.Missing(), 404),
        (errors.Conflict(), 409),
        (errors.Stale(), 412),
        (errors.TooLarge(), 413),
        (errors.TooMany(retry_after=90), 429),
        (errors.NoSpace(), 507),
    ],
)
def test_refusals_are_pages_of_the_portal(client, broken, refusal, status, language) -> None:
    broken(refusal)
    answer = client.get("/", headers={"accept-language": language, "accept": "text/html"})
    page = answer.content.decode()
    assert answer.status_code == status
    assert LANGUAGES[language] in page
    assert 'class="site-header"' in page and 'class="site-footer"' in page
    assert f"{status} {refusal.code}" in page
    if status == 429:
        assert answer["Retry-After"] == "90"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("error", "status"),
    [(ZeroDivisionError(), 500), (OperationalError("database is locked"), 503)],
)
def test_faults_of_ours_say_so_without_asking_the_database(
    client, broken, error, status, language
) -> None:
    broken(error)
    client.raise_request_exception = False
    answer = client.get("/", headers={"accept-language": language, "accept": "text/html"})
    page = answer.content.decode()
    assert (answer.status_code, 'class="site-header"' in page) == (status, True)
    assert ("数据库" in page or "服务器" in page) is (language == "zh-hans")
    assert ("Retry-After" in answer.headers) is (status == 503)


def test_a_request_that_is_too_large_is_told_so() -> None:
    request = RequestFactory().post("/", headers={"accept": "application/json"})
    assert errors_middleware.bad_request(request, RequestDataTooBig()).status_code == 413


def test_who_tries_to_sign_in_too_often_reads_it_in_the_portals_look(client, settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "1/m/ip"}
    form = {"login": "nobody", "password": "wrong"}
    client.post("/accounts/login/", form)
    answer = client.post("/accounts/login/", form, headers={"accept": "text/html"})
    assert answer.status_code == 429
    assert b'class="site-header"' in answer.content
