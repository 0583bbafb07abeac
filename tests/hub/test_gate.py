"""The licence gate, by the stock client: refused with a sentence, accepted, given, withdrawn."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from django.conf import settings

from tests.support.client import HubClient
from tests.support.server import Server

REPO = "openlab/minilm"
WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module")
def gated(
    portal_server: Server, as_person: Callable[..., HubClient], server_database: Callable
) -> Iterator[str]:
    """Real MiniLM weights of an organisation under the demonstration licence, by LFS upload."""
    from models_registry.models import Repo
    from models_registry.repos import settle
    from portal.licences.library import load_demo_licence
    from portal.organisations.models import Membership, Organisation
    from portal.people.models import Person

    with server_database():
        maker = Person.objects.get(username="maker")
        lab = Organisation.objects.create(handle="openlab")
        Membership.objects.create(organisation=lab, person=maker, role="owner")
        licence = load_demo_licence(lab)
    client = as_person("maker")
    folder = Path(settings.ASSETS_DIR) / "minilm"
    client.call(f"HfApi().create_repo({REPO!r})")
    client.hf("upload", REPO, str(folder), ".", "--exclude", "README.md")
    with server_database():
        settle(Repo.objects.named(REPO), {"licence": licence}, by=maker)
    yield REPO


@pytest.fixture(scope="module")
def reader(portal_server: Server, gated: str) -> HubClient:
    return HubClient(portal_server, portal_server.people.voter.read_token)


def accept(server: Server, token: str, slug: str = "commonhold-demo") -> httpx2.Response:
    """Accept what is in force by the two steps of the API, as a program with the scope may."""
    headers = {"Authorization": f"Bearer {token}"}
    where = f"{server.url}/api/v1/agreements/{slug}"
    read = httpx2.get(f"{where}/terms", headers=headers).json()
    said = {key: read[key] for key in ("sha256", "nonce", "statement")}
    said |= {"purpose": "research", "repo": REPO}
    return httpx2.post(f"{where}/accept", json=said, headers=headers)


def standing_of(person):
    """Return the person's standing acceptance of the demonstration licence."""
    from portal.agreements.models import Acceptance

    rows = Acceptance.objects.standing().filter(person=person)
    return rows.get(version__document__slug="commonhold-demo")


def status(server: Server, path: str, token: str = "", **kwargs) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= kwargs.pop("headers", {})
    return httpx2.request(
        kwargs.pop("method", "GET"), f"{server.url}{path}", headers=headers, **kwargs
    )


def test_the_whole_way_of_one_reader(
    portal_server: Server, reader: HubClient, gated: str, server_database: Callable
) -> None:
    error = reader.fails(f"hf_hub_download({gated!r}, 'config.json')")
    assert error.kind == "GatedRepoError", error.text + portal_server.logs()
    assert "licence version 1 (sha256 " in error.text
    where = f"{portal_server.url}/agree/commonhold-demo/1?repo=openlab%2Fminilm"
    assert f"Accept at {where}" in error.text
    assert reader.call(f"HfApi().model_info({gated!r}).gated") == "auto"
    assert WEIGHTS in reader.call(f"HfApi().list_repo_files({gated!r})")

    token = portal_server.people.voter.accept_token
    answer = accept(portal_server, token)
    assert answer.status_code == 201, answer.text
    assert answer.json()["record"]["scope"]["repo"] == gated

    code = (
        "import torch; from transformers import AutoModel, AutoTokenizer\n"
        "torch.set_num_threads(1)\n"
        f"model = AutoModel.from_pretrained({gated!r})\n"
        f"words = AutoTokenizer.from_pretrained({gated!r})('open weights', return_tensors='pt')\n"
        "print(tuple(model(**words).last_hidden_state.shape))"
    )
    assert "(1, 4, 384)" in reader.python_code(code)
    folder = Path(reader.call(f"snapshot_download({gated!r})"))
    original = Path(settings.ASSETS_DIR) / "minilm" / WEIGHTS
    assert (folder / WEIGHTS).read_bytes() == original.read_bytes()

    with server_database():
        from portal import agreements
        from portal.people.models import Person

        voter = Person.objects.get(username="voter")
        agreements.withdraw(voter, standing_of(voter))
    headers = {"Authorization": f"Bearer {reader.token}"}
    answer = httpx2.get(f"{portal_server.url}/{gated}/resolve/main/config.json", headers=headers)
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (403, "GatedRepo")


def test_a_read_token_cannot_accept(portal_server: Server, gated: str) -> None:
    token = portal_server.people.outsider.read_token
    assert accept(portal_server, token).status_code in (400, 403)
    answer = status(portal_server, f"/{gated}/resolve/main/config.json", token)
    assert answer.status_code == 403


def test_the_owner_is_not_exempt(portal_server: Server, gated: str) -> None:
    token = portal_server.people.maker.write_token
    answer = status(portal_server, f"/{gated}/resolve/main/config.json", token)
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (403, "GatedRepo")


def test_nobody_is_told_to_sign_in(portal_server: Server, gated: str) -> None:
    stranger = HubClient(portal_server)
    error = stranger.fails(f"hf_hub_download({gated!r}, 'config.json')")
    assert (error.kind, error.status) == ("GatedRepoError", 401)
    assert "Sign in" in error.text


def test_a_link_from_before_dies_with_the_acceptance(
    portal_server: Server, gated: str, server_database: Callable
) -> None:
    cast = portal_server.people
    assert accept(portal_server, cast.reader_zh.accept_token).status_code == 201
    answer = status(portal_server, f"/{gated}/resolve/main/{WEIGHTS}", cast.reader_zh.read_token)
    assert answer.status_code == 302
    link, etag = answer.headers["Location"], answer.headers["X-Linked-Etag"]
    part = httpx2.get(link, headers={"Range": "bytes=8-99"})
    assert (part.status_code, len(part.content)) == (206, 92)
    with server_database():
        from portal import agreements
        from portal.people.models import Person

        person = Person.objects.get(username="reader_zh")
        agreements.withdraw(person, standing_of(person))
    for headers in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": etag}):
        assert httpx2.get(link, headers=headers).status_code in (401, 403), headers


def test_the_sentence_comes_in_the_persons_language(portal_server: Server, gated: str) -> None:
    token = portal_server.people.reader_zh.read_token
    answer = status(portal_server, f"/{gated}/resolve/main/config.json", token)
    assert answer.headers["X-Error-Message"].startswith(f"{gated} is a gated repo")
    assert answer.json()["error"].startswith(f"{gated} 是受限仓库")


def test_a_new_version_is_asked_for_again(
    portal_server: Server, gated: str, server_database: Callable
) -> None:
    from portal.agreements.publishing import Text
    from portal.licences.library import COMMONHOLD_DEMO
    from portal.licences.publishing import Family, publish
    from portal.organisations.models import Organisation

    cast = portal_server.people
    path = f"/{gated}/resolve/main/config.json"
    assert accept(portal_server, cast.moderator.accept_token).status_code == 201
    assert status(portal_server, path, cast.moderator.read_token).status_code in (200, 302)
    with server_database():
        lab = Organisation.objects.get(handle="openlab")
        family = Family("commonhold-demo", "Commonhold Demonstration Licence")
        text = {"en": Text("Commonhold Demonstration Licence", "Version two, in all its words.")}
        publish(family, "2", text, COMMONHOLD_DEMO, licensor=lab)
    answer = status(portal_server, path, cast.moderator.read_token)
    assert answer.status_code == 403
    message = answer.headers["X-Error-Message"]
    assert message.startswith("licence version 2 (sha256 ")
    assert "you accepted version 1 on 20" in message
    assert f"{portal_server.url}/agree/commonhold-demo/2" in message
    client = HubClient(portal_server, cast.moderator.read_token)  # and reading about it warns
    printed = client.python_code(f"from huggingface_hub import model_info; model_info({gated!r})")
    assert "licence version 2 (sha256 " in printed and "you accepted version 1" in printed


def test_what_stands_on_a_gated_base_is_gated(
    portal_server: Server, gated: str, as_person: Callable[..., HubClient]
) -> None:
    voter = as_person("voter")
    voter.call("HfApi().create_repo('tuned')")
    card = f"---\nbase_model: {gated}\nlicense: apache-2.0\n---\n"
    voter.call(
        f"HfApi().upload_file(path_or_fileobj={card!r}.encode(), path_in_repo='README.md', "
        "repo_id='voter/tuned')"
    )
    voter.call(
        "HfApi().upload_file(path_or_fileobj=b'{}', path_in_repo='config.json', "
        "repo_id='voter/tuned')"
    )
    token = portal_server.people.outsider.read_token
    answer = status(portal_server, "/voter/tuned/resolve/main/config.json", token)
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (403, "GatedRepo")
    assert gated in answer.headers["X-Error-Message"]
    assert status(portal_server, "/voter/tuned/resolve/main/README.md", token).status_code == 200


def test_a_card_cannot_tell_that_a_private_repo_is_there(
    portal_server: Server, as_person: Callable[..., HubClient]
) -> None:
    maker, voter = as_person("maker"), as_person("voter")
    maker.call("HfApi().create_repo('hidden-base', private=True)")
    maker.call("HfApi().update_repo_settings('maker/hidden-base', gated='manual')")
    voter.call("HfApi().create_repo('probe')")
    card = "---\nbase_model: maker/hidden-base\n---\n"
    voter.call(
        f"HfApi().create_commit('voter/probe', commit_message='m', operations=["
        f"CommitOperationAdd('README.md', {card!r}.encode()), "
        f"CommitOperationAdd('a.txt', b'a')])"
    )
    assert voter.call("HfApi().model_info('voter/probe').gated") is False
    assert status(portal_server, "/voter/probe/resolve/main/a.txt").status_code == 200
