"""How often pages ask the database, where they have most to show: signed in, gated, on bases."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_registry import repos, revisions, watching
from models_registry.models import Repo
from models_registry.revisions import objects
from portal.licences.library import load_demo_licence
from portal.organisations.models import Membership, Organisation

pytestmark = [pytest.mark.django_db, pytest.mark.db]
CARD = "---\nbase_model: [{bases}]\nlicense: mit\nlanguage: zh\ntags: [a, b]\n---\n# 模型\n"


def model(namespace: Any, name: str, by: Any, *bases: str) -> Repo:
    made = repos.create(namespace, name, by=by)
    card = CARD.format(bases=", ".join(bases))
    operations = [revisions.AddFile("README.md", card.encode())]
    revisions.commit(made, author=by, operations=operations, summary="Card")
    made.refresh_from_db()
    return made


@pytest.fixture
def lab(maker) -> Organisation:
    made = Organisation.objects.create(handle="openlab")
    Membership.objects.create(organisation=made, person=maker, role="owner")
    return made


@pytest.fixture
def gated(maker, voter, lab) -> Iterator[Repo]:
    """A gated model on two gated bases, with two fine-tunes of its own, watched by voter."""
    licence = load_demo_licence(lab)
    bases = [model(lab.namespace, name, maker) for name in ("base", "other")]
    made = model(lab.namespace, "tuned", maker, "openlab/base", "openlab/other")
    for repo in (*bases, made):
        repos.settle(repo, {"licence": licence, "gated": "manual"}, by=maker)
    for name in ("child", "second"):
        model(voter.namespace, name, voter, "openlab/tuned")
    watching.watch(made, voter)
    return made


@pytest.mark.parametrize("who", ["maker", "voter"])
def test_a_gated_model_on_bases(gated, sign_in, who, request) -> None:
    page = sign_in(request.getfixturevalue(who))
    page.get("/openlab/tuned")
    for forget in (objects.forget, bool):  # nothing of the repo in memory, then what was left there
        forget()
        with CaptureQueriesContext(connection) as asked:
            assert "openlab/other" in page.get("/openlab/tuned").content.decode()
        print(len(asked))
        assert len(asked) <= 12


def test_thirty_models_of_a_search(gated, sign_in, maker, voter) -> None:
    for number in range(31):
        made = model(maker.namespace, f"model-{number}", maker, "openlab/tuned")
        repos.settle(made, {"gated": "manual"}, by=maker)
    page = sign_in(voter)
    for query in ("", "?q=模型", "?q=model&language=zh&licence=mit&access=gated&sort=downloads"):
        page.get(f"/models{query}")
        with CaptureQueriesContext(connection) as asked:
            text = page.get(f"/models{query}").content.decode()
        assert text.count("<strong>model-") == 30 or query == "", text.count("<strong>model-")
        assert len(asked) <= 8, query
