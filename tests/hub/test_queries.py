"""How often a door asks the database: ceilings that keep the portal quick."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_registry import repos, revisions
from models_registry.models import Repo
from models_registry.revisions import objects
from portal import agreements, tokens
from portal.licences.library import load_demo_licence
from portal.organisations.models import Membership, Organisation
from portal.people.models import Person
from tests.support.wsgi import Answer, hub_request

pytestmark = pytest.mark.db  # on PostgreSQL the clock may cost a query, too

LARGE = b"large " * 2**19  # kept in the content store: answered by a redirect


@pytest.fixture
def token(db: None, maker: Person) -> str:
    raw = tokens.issue(maker, name="t", role="read")[1]
    hub_request("GET", "/api/whoami-v2", token=raw)  # notes the first use
    return raw


@pytest.fixture
def repo(maker: Person) -> Repo:
    """A model of an organisation, gated by a licence that the maker accepted, on a gated base."""
    lab = Organisation.objects.create(handle="openlab")
    Membership.objects.create(organisation=lab, person=maker, role="owner")
    version = load_demo_licence(lab)
    made = [repos.create(lab.namespace, name, by=maker) for name in ("base", "tuned")]
    card = b"---\nbase_model: openlab/base\nlicense: other\ntags: [a, b]\n---\n"
    files = [("README.md", card), ("config.json", b"{}"), ("a/b/c/deep.txt", b"deep")]
    files.append(("w.txt", LARGE))
    for one in made:
        revisions.commit(
            one,
            author=maker,
            operations=[revisions.AddFile(path, content) for path, content in files],
            summary="files",
        )
        repos.settle(one, {"licence": version}, by=maker)
    text = version.document_version.text_in("en")
    agreements.accept(
        maker,
        version.document_version,
        language="en",
        text_sha256=text.sha256,
        purpose="research",
    )
    made[1].refresh_from_db()
    return made[1]


def asked(ask: Callable[[], Answer]) -> tuple[Answer, int]:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = ask()
    return answer, len(queries)


@pytest.mark.parametrize("by_commit", [False, True])
@pytest.mark.parametrize(
    ("path", "depth", "status"),
    [("config.json", 1, 200), ("a/b/c/deep.txt", 4, 200), ("w.txt", 1, 302)],
)
def test_resolve(
    repo: Repo, token: str, path: str, depth: int, status: int, by_commit: bool
) -> None:
    objects.forget()
    revision = repo.head_oid if by_commit else "main"
    ask = lambda: hub_request("HEAD", f"/openlab/tuned/resolve/{revision}/{path}", token=token)  # noqa: E731
    answer, cold = asked(ask)
    assert answer.status == status
    assert cold <= 5 + depth
    _answer, warm = asked(ask)
    assert warm <= 4


@pytest.mark.parametrize(("name", "folders"), [("flat", 0), ("tuned", 3)])
def test_info(repo: Repo, token: str, maker: Person, name: str, folders: int) -> None:
    flat = repos.create(repo.namespace, "flat", by=maker)
    files = [revisions.AddFile(path, b"{}") for path in ("config.json", "vocab.txt")]
    revisions.commit(flat, author=maker, operations=files, summary="files")
    objects.forget()
    ask = lambda: hub_request("GET", f"/api/models/openlab/{name}?blobs=true", token=token)  # noqa: E731
    answer, cold = asked(ask)
    assert answer.status == 200
    assert cold <= 6 + folders
    _answer, warm = asked(ask)
    assert warm <= 6


def test_info_of_many_folders_costs_no_query_each(repo: Repo, token: str, maker: Person) -> None:
    wide = repos.create(repo.namespace, "wide", by=maker)
    files = [revisions.AddFile(f"part-{n}/{n % 3}.txt", b"%d" % n) for n in range(30)]
    revisions.commit(wide, author=maker, operations=files, summary="files")
    objects.forget()
    where = "/api/models/openlab/wide?blobs=true"
    answer, cold = asked(lambda: hub_request("GET", where, token=token))
    assert answer.status == 200
    assert cold <= 6 + 1


def test_list(repo: Repo, token: str, maker: Person) -> None:
    for number in range(30):
        repos.create(maker.namespace, f"model-{number}", by=maker)
    answer, number = asked(lambda: hub_request("GET", "/api/models?limit=30", token=token))
    assert answer.status == 200
    assert number <= 8


def test_tree(repo: Repo, token: str) -> None:
    objects.forget()
    where = "/api/models/openlab/tuned/tree/main?recursive=true"
    answer, number = asked(lambda: hub_request("GET", where, token=token))
    assert answer.status == 200
    assert number <= 9
