"""The cast, and the databases the tests run on.

Two kinds of database. `db` (pytest-django's) wraps a test in a transaction that is rolled back:
the fast default, and what the cast uses unless the test asks for more. `committed_db` gives the
test a fresh copy of the migrated database: for commits that are real, threads, and other
processes. Flushing is impossible (append-only triggers refuse it), so `transaction=True`,
`transactional_db` and `live_server` are refused at collection.

`DATABASE_URL` chooses the vendor; without it, SQLite in a file. Tests that other processes
share get their environment from `committed_db.env`.
"""

import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Before anything loads the settings: tests write under a folder of their own, one a process.
_root = os.environ.get("COMMONHOLD_TEST_ROOT")
if _root is None:
    _root = tempfile.mkdtemp(prefix="commonhold-tests-")
    os.environ["COMMONHOLD_TEST_ROOT"] = _root
    os.environ["COMMONHOLD_TEST_ROOT_OWNER"] = str(os.getpid())
DATA = Path(_root) / os.environ.get("PYTEST_XDIST_WORKER", "main") / "var"
os.environ["COMMONHOLD_DATA"] = str(DATA)
SHARED = os.environ.get("COMMONHOLD_TEST_TEMPLATE")  # what one run makes once for all its parts
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.site.settings")
os.environ.setdefault("COMMONHOLD_CACHE_URL", "local")  # tests do not count together
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright runs a loop in our thread

import httpcore2  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth.hashers import PBKDF2PasswordHasher  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402
from hypothesis import HealthCheck  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402
from pytest_django.fixtures import _get_databases_for_setup  # noqa: E402

from tests.support.databases import CommittedDatabase, Template  # noqa: E402
from tests.support.server import shared_template  # noqa: E402

# This loads the settings, which makes pytest-django set Django up before collection.
if Path(settings.DATA_DIR) != DATA.resolve():
    raise pytest.UsageError(
        "The settings were loaded before tests/conftest.py chose the data folder. "
        "Unset DJANGO_SETTINGS_MODULE (also in pyproject.toml): conftest.py sets it."
    )

# The real algorithm in fewer rounds: a third of a second for each sign-in is minutes together.
# Servers that tests start keep theirs.
PBKDF2PasswordHasher.iterations = 1000

# Each `httpx2.get` would read all certificates of this machine, a twentieth of a second of CPU, to
# speak plain HTTP to a server of ours.
httpcore2.default_ssl_context = functools.cache(httpcore2.default_ssl_context)

hypothesis_settings.register_profile(
    "plain",
    deadline=None,
    max_examples=60,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
hypothesis_settings.register_profile(
    "full", hypothesis_settings.get_profile("plain"), max_examples=500
)

hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "plain"))


# --- what no test may ask for --------------------------------------------------------------------
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        _refuse_flush(item)
        fixtures = set(getattr(item, "fixturenames", ()))
        if "database" in fixtures and "committed_db" not in fixtures:
            item.add_marker(pytest.mark.django_db)  # pytest-django asks marks, not late fixtures


def _refuse_flush(item: pytest.Item) -> None:
    fixtures = set(getattr(item, "fixturenames", ()))
    marked = any(mark.kwargs.get("transaction") for mark in item.iter_markers("django_db"))
    if marked or fixtures & {"transactional_db", "live_server", "django_db_serialized_rollback"}:
        raise pytest.UsageError(
            f"{item.nodeid}: append-only tables cannot be flushed; use the fixture committed_db."
        )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let each worker load the settings after it has chosen its own data folder."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    if os.environ.get("COMMONHOLD_TEST_ROOT_OWNER") == str(os.getpid()):
        shutil.rmtree(os.environ["COMMONHOLD_TEST_ROOT"], ignore_errors=True)


# --- databases ----------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """SQLite tests run on a file: a database in memory has other locks and no second process."""
    from django.db import connection

    if connection.vendor == "sqlite":
        name = DATA / "test.sqlite3"
        connection.settings_dict["TEST"]["NAME"] = str(name)
        if SHARED:
            name.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(shared_template(Path(SHARED)).with_name("migrated.sqlite3"), name)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """Let a database that was copied stay; it is migrated already."""
    from django.db import connection

    return django_db_keepdb or bool(SHARED and connection.vendor == "sqlite")


@pytest.fixture(scope="session")
def portal_template() -> Path:
    """One migrated data folder with the cast; copy it, never write to it."""
    return shared_template(Path(SHARED or DATA.parent.parent / "template"))


@pytest.fixture(scope="session")
def template_database(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_keepdb: bool,
    django_db_blocker,
) -> Iterator[Template]:
    """The migrated database, set aside before any test wrote to it."""
    with django_db_blocker.unblock():
        # pytest-django makes a database only if some test of this run asks for `db` itself.
        ours = None
        if not _get_databases_for_setup(request.session.items)[0]:
            ours = setup_databases(
                verbosity=0, interactive=False, keepdb=django_db_keepdb, aliases={"default"}
            )
        template = Template.of_test_database(DATA)
    yield template
    with django_db_blocker.unblock():
        template.drop()
        if ours is not None:
            teardown_databases(ours, verbosity=0)


@pytest.fixture
def committed_db(
    template_database: Template, django_db_blocker, tmp_path: Path
) -> Iterator[CommittedDatabase]:
    """A fresh copy of the migrated database in which commits are real.

    `.url` and `.env` let another process use it; threads of the test may open connections.
    """
    with django_db_blocker.unblock():
        database = template_database.copy(tmp_path)
        try:
            yield database
        finally:
            database.drop()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> None:
    """Whichever database the test asked for: `committed_db`, else the rolled-back `db`."""
    wanted = "committed_db" if "committed_db" in request.fixturenames else "db"
    request.getfixturevalue(wanted)


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    from django.core.cache import caches

    yield
    for cache in caches.all(initialized_only=True):
        cache.clear()


# --- the cast -----------------------------------------------------------------------------------
@pytest.fixture
def admin(database: None):
    """Runs the site."""
    return _person("admin", is_staff=True, is_superuser=True)


@pytest.fixture
def moderator(database: None):
    """Keeps the norms."""
    return _person("moderator", is_staff=True)


@pytest.fixture
def maker(database: None):
    """Uploads models."""
    return _person("maker")


@pytest.fixture
def voter(database: None):
    """Takes part in decisions."""
    return _person("voter")


@pytest.fixture
def reader_zh(database: None):
    """Reads Chinese."""
    return _person("reader_zh", language="zh-hans")


@pytest.fixture
def outsider(database: None):
    """Has an account, and no business with what the others do."""
    return _person("outsider")


def _person(username: str, **fields: object):
    from tests.factories import PersonFactory

    return PersonFactory(username=username, **fields)


@pytest.fixture
def sign_in(database: None) -> Callable:
    """`sign_in(person)` returns a test client in that person's session."""
    from django.test import Client

    def signed_in(person) -> Client:
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in
