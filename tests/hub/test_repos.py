"""Repos made, settled, moved and deleted with the real client."""

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.server import Server


@pytest.fixture(scope="module")
def maker(portal_server: Server) -> HubClient:
    return HubClient(portal_server, portal_server.people.maker.write_token, xet=False)


@pytest.fixture(scope="module")
def outsider(portal_server: Server) -> HubClient:
    return HubClient(portal_server, portal_server.people.outsider.write_token, xet=False)


def test_create_twice_with_exist_ok(maker: HubClient) -> None:
    first = maker.call("HfApi().create_repo('made', private=True)")
    again = maker.call("HfApi().create_repo('made', exist_ok=True)")
    assert first == again == f"{maker.server.url}/maker/made"
    assert maker.call("HfApi().model_info('maker/made').private") is True
    error = maker.fails("HfApi().create_repo('made')")
    assert error.status == 409


def test_an_empty_repo_has_a_revision(maker: HubClient) -> None:
    maker.call("HfApi().create_repo('empty', repo_type='dataset')")
    info = maker.call("HfApi().dataset_info('maker/empty', files_metadata=True)")
    assert [s["rfilename"] for s in info["siblings"]] == [".gitattributes"]
    assert len(info["sha"]) == 40


def test_delete(maker: HubClient) -> None:
    maker.call("HfApi().create_repo('doomed')")
    maker.call("HfApi().delete_repo('maker/doomed')")
    assert maker.fails("HfApi().model_info('maker/doomed')").kind == "RepositoryNotFoundError"
    maker.call("HfApi().delete_repo('maker/doomed', missing_ok=True)")
    assert maker.fails("HfApi().delete_repo('maker/doomed')").kind == "RepositoryNotFoundError"


def test_a_moved_repo_answers_to_its_old_name(maker: HubClient) -> None:
    maker.call("HfApi().create_repo('before')")
    maker.call("HfApi().move_repo('maker/before', 'maker/after')")
    assert maker.call("HfApi().model_info('maker/before').id") == "maker/after"
    path = maker.call("hf_hub_download('maker/before', '.gitattributes')")
    assert path.endswith(".gitattributes")
    assert maker.fails("HfApi().create_repo('before')").status == 409
    maker.call("HfApi().create_repo('third')")
    error = maker.fails("HfApi().move_repo('maker/third', 'maker/after')")
    assert "A model repository called maker/after already exists" in error.text


def test_another_case_leads_to_the_canonical_name(maker: HubClient) -> None:
    maker.call("HfApi().create_repo('CamelCase')")
    answer = httpx2.get(f"{maker.server.url}/api/models/MAKER/camelcase?blobs=true")
    assert answer.status_code == 307
    assert answer.headers["Location"] == (
        f"{maker.server.url}/api/models/maker/CamelCase?blobs=true"
    )


def test_settings(maker: HubClient, outsider: HubClient) -> None:
    maker.call("HfApi().create_repo('settled')")
    maker.call("HfApi().update_repo_settings('maker/settled', gated='manual', private=False)")
    assert maker.call("HfApi().model_info('maker/settled').gated") == "manual"
    maker.call("HfApi().update_repo_settings('maker/settled', gated=False)")
    assert maker.call("HfApi().model_info('maker/settled').gated") is False
    error = outsider.fails("HfApi().update_repo_settings('maker/settled', private=True)")
    assert error.status == 403


def test_nobody_creates_in_a_foreign_namespace(outsider: HubClient) -> None:
    assert outsider.fails("HfApi().create_repo('maker/mine-now')").status == 403
    assert outsider.fails("HfApi().create_repo('nobody-at-all/x')").status == 404


@pytest.mark.parametrize("name", ["a--b", "a..b", "-a", "a.git", "a/b/c", "é"])
def test_names_that_no_repo_may_have(maker: HubClient, name: str) -> None:
    answer = httpx2.post(
        f"{maker.server.url}/api/repos/create",
        json={"name": name},
        headers={"Authorization": f"Bearer {maker.token}"},
    )
    assert 400 <= answer.status_code < 405, answer.text


def test_addresses_keep_the_loopback_name_that_was_used(maker: HubClient) -> None:
    here = HubClient(
        maker.server, maker.token, xet=False, endpoint=f"http://127.0.0.1:{maker.server.port}"
    )
    assert here.call("HfApi().create_repo('by-number')") == f"{here.endpoint}/maker/by-number"
    stranger = httpx2.post(
        f"{maker.server.url}/api/repos/create",
        json={"name": "by-number"},
        headers={"Authorization": f"Bearer {maker.token}", "Host": "evil.example"},
    )
    assert "evil" not in stranger.text
