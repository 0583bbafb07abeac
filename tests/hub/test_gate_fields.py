"""A refusal at the gate tells a program by fields what its sentence tells a person."""

import json
from typing import Any

import pytest

from models_registry import repos
from models_registry.gate import requests
from models_registry.models import Repo
from portal import agreements, tokens
from portal.agreements.publishing import Text, end
from portal.licences.library import COMMONHOLD_DEMO, load_demo_licence
from portal.licences.publishing import Family, publish
from portal.organisations.models import Organisation
from tests.factories import make_repo
from tests.models_registry.conftest import store
from tests.support.wsgi import hub_request

__all__ = ["store"]
pytestmark = pytest.mark.db


@pytest.fixture
def lab(db: None) -> Organisation:
    return Organisation.objects.create(handle="openlab")


@pytest.fixture
def gated(maker, lab) -> Repo:
    repo = make_repo(maker, "gated", files={"config.json": b"{}"})
    return repos.settle(repo, {"licence": load_demo_licence(lab)}, by=maker)


def refused(person=None) -> dict[str, Any]:
    token = tokens.issue(person, name="t", role="read")[1] if person else ""
    answer = hub_request("GET", "/maker/gated/resolve/main/config.json", token=token)
    assert answer.status == (403 if person else 401)
    return json.loads(answer.body)["gate"]


def test_a_licence_is_named_by_its_text_and_where_to_accept_it(gated, lab, voter, client) -> None:
    version = gated.licence.document_version
    told = refused(voter)
    assert refused() == told
    assert (told["repo"], told["asks"], told["state"]) == ("maker/gated", "licence", "not_accepted")
    assert (told["document"], told["version"]) == ("commonhold-demo", "1")
    assert told["sha256"] == {text.language: text.sha256 for text in version.texts.all()}
    for name in ("accept_url", "terms_url"):
        assert client.get("/" + told[name].split("/", 3)[3]).status_code == 200
    text = version.text_in("zh")
    agreements.accept(voter, version, language="zh", text_sha256=text.sha256, purpose="research")
    second = publish(
        Family("commonhold-demo", ""), "2", {"en": Text("Demo", "New.")}, COMMONHOLD_DEMO,
        licensor=lab,
    )  # fmt: skip
    told = refused(voter)
    assert (told["state"], told["version"], set(told["sha256"])) == ("outdated", "2", {"en"})
    end(second.document_version, "withdrawn")
    assert refused(voter) == {"repo": "maker/gated", "asks": "licence", "state": "withdrawn"}


def test_an_approval_is_named_by_its_state_and_where_to_ask(maker, voter, client) -> None:
    repo = make_repo(maker, "gated", files={"config.json": b"{}"}, gated="manual")
    told = refused(voter)
    assert (told["asks"], told["state"]) == ("approval", "not_asked")
    assert told["ask_url"].endswith("/maker/gated/ask-access")
    client.force_login(voter)
    assert client.post("/maker/gated/ask-access").status_code == 302
    assert refused(voter)["state"] == "pending"
    requests.reject(requests.of(repo, voter), by=maker, reason="no")
    assert refused(voter)["state"] == "rejected"
