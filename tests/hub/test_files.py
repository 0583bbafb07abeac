"""Small files in and out: commits of every operation, trees, branches and tags."""

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.server import Server


@pytest.fixture(scope="module")
def maker(portal_server: Server) -> HubClient:
    client = HubClient(portal_server, portal_server.people.maker.write_token, xet=False)
    client.call("HfApi().create_repo('files')")
    return client


def put(path: str, text: str) -> str:
    return f"CommitOperationAdd(path_in_repo={path!r}, path_or_fileobj={text!r}.encode())"


def commit(maker: HubClient, *operations: str, extra: str = "", repo: str = "maker/files") -> dict:
    done = ", ".join(operations)
    return maker.call(
        f"HfApi().create_commit({repo!r}, operations=[{done}], commit_message='m'{extra})"
    )


def listed(maker: HubClient, extra: str = "", repo: str = "maker/files") -> list[str]:
    return maker.call(f"sorted(HfApi().list_repo_files({repo!r}{extra}))")


def test_commits_of_every_operation(maker: HubClient) -> None:
    commit(maker, put("a.txt", "one"), put("dir/b.txt", "two"), put("dir/微调.md", "三"))
    commit(
        maker,
        "CommitOperationCopy(src_path_in_repo='a.txt', path_in_repo='copied.txt')",
        "CommitOperationDelete(path_in_repo='dir/b.txt')",
    )
    assert listed(maker) == [".gitattributes", "a.txt", "copied.txt", "dir/微调.md"]
    commit(maker, "CommitOperationDelete(path_in_repo='dir/')")
    assert listed(maker) == [".gitattributes", "a.txt", "copied.txt"]


def test_a_download_has_the_very_bytes(maker: HubClient) -> None:
    commit(maker, put("deep/er/with space & %25#?.txt", "十分"))
    code = "Path(hf_hub_download('maker/files', 'deep/er/with space & %25#?.txt')).read_text()"
    assert maker.call(code) == "十分"


def test_an_unchanged_upload_makes_no_commit(maker: HubClient) -> None:
    first = commit(maker, put("same.txt", "same"))
    again = commit(maker, put("same.txt", "same"))
    assert again["oid"] == first["oid"]


def test_a_stale_parent_is_refused(maker: HubClient) -> None:
    before = maker.call("HfApi().model_info('maker/files').sha")
    commit(maker, put("newer.txt", "1"))
    error = maker.fails(
        "HfApi().create_commit('maker/files', operations=["
        + put("late.txt", "2")
        + f"], commit_message='m', parent_commit={before!r})"
    )
    assert error.status == 412
    assert "Please refresh and try again" in error.text


def test_deleting_what_is_not_there(maker: HubClient) -> None:
    error = maker.fails("HfApi().delete_file('no-such.txt', 'maker/files')")
    assert "EntryNotFoundError" in error.bases


def test_branches_and_tags(maker: HubClient) -> None:
    maker.call("HfApi().create_branch('maker/files', branch='feat/x')")
    commit(maker, put("only-here.txt", "x"), extra=", revision='feat/x'")
    assert "only-here.txt" in listed(maker, ", revision='feat/x'")
    assert "only-here.txt" not in listed(maker)
    maker.call("HfApi().create_tag('maker/files', tag='v1.0', tag_message='first')")
    refs = maker.call("HfApi().list_repo_refs('maker/files')")
    assert {b["name"] for b in refs["branches"]} == {"main", "feat/x"}
    assert [t["name"] for t in refs["tags"]] == ["v1.0"]
    assert maker.fails("HfApi().create_branch('maker/files', branch='feat/x')").status == 409
    assert maker.fails("HfApi().delete_branch('maker/files', branch='main')").status == 403
    maker.call("HfApi().delete_branch('maker/files', branch='feat/x')")
    maker.call("HfApi().delete_tag('maker/files', tag='v1.0')")
    refs = maker.call("HfApi().list_repo_refs('maker/files')")
    assert ([b["name"] for b in refs["branches"]], refs["tags"]) == (["main"], [])
    error = maker.fails("HfApi().create_tag('maker/files', tag='a..b', revision='nowhere')")
    assert error.kind == "RevisionNotFoundError"


def test_a_pull_request_by_somebody_who_may_not_write(maker: HubClient) -> None:
    voter = HubClient(maker.server, maker.server.people.voter.write_token, xet=False)
    error = voter.fails(
        f"HfApi().create_commit('maker/files', operations=[{put('x', 'x')}], commit_message='m')"
    )
    assert error.status == 403
    done = commit(voter, put("proposed.txt", "please"), extra=", create_pr=True")
    number = done["pr_num"]
    revision = f"refs/pr/{number}"
    assert "proposed.txt" in listed(maker, f", revision={revision!r}")
    assert "proposed.txt" not in listed(maker)
    commit(voter, put("more.txt", "and more"), extra=f", revision={revision!r}")
    assert "more.txt" in listed(voter, f", revision={revision!r}")
    refs = maker.call("HfApi().list_repo_refs('maker/files', include_pull_requests=True)")
    assert revision in [ref["ref"] for ref in refs["pull_requests"]]


def test_commits_are_listed_newest_first(maker: HubClient) -> None:
    maker.call("HfApi().create_repo('history')")
    for number in range(3):
        maker.call(
            f"HfApi().upload_file(path_or_fileobj=b'{number}', path_in_repo='n', "
            f"repo_id='maker/history', commit_message='number {number}', "
            "commit_description='said at length')"
        )
    found = maker.call("HfApi().list_repo_commits('maker/history', formatted=True)")
    assert [c["title"] for c in found] == ["number 2", "number 1", "number 0", "initial commit"]
    assert found[0]["authors"] == ["maker"]
    assert found[0]["message"] == "said at length"


def test_tree_pages_and_expands(maker: HubClient) -> None:
    maker.call("HfApi().create_repo('many')")
    maker.call(
        "HfApi().create_commit('maker/many', commit_message='m', operations=[CommitOperationAdd("
        "path_in_repo=f'd/{n:04}.txt', path_or_fileobj=str(n).encode()) for n in range(1100)])"
    )
    assert len(listed(maker, repo="maker/many")) == 1101
    expanded = maker.call("HfApi().list_repo_tree('maker/many', path_in_repo='d', expand=True)")
    assert len(expanded) == 1100
    assert expanded[7]["last_commit"]["title"] == "m"
    some = maker.call("HfApi().get_paths_info('maker/many', ['d/0001.txt', 'd', 'none'])")
    assert {item["path"] for item in some} == {"d/0001.txt", "d"}


def test_a_missing_file_names_the_commit(maker: HubClient) -> None:
    answer = httpx2.head(f"{maker.server.url}/maker/files/resolve/main/none.json")
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (404, "EntryNotFound")
    assert len(answer.headers["X-Repo-Commit"]) == 40
    answer = httpx2.head(f"{maker.server.url}/maker/files/resolve/nowhere/a.txt")
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (404, "RevisionNotFound")


def test_cards_are_validated(maker: HubClient) -> None:
    maker.call(
        "metadata_update('maker/files', {'license': 'apache-2.0', 'tags': ['a']}, overwrite=True)"
    )
    assert "license:apache-2.0" in maker.call("HfApi().model_info('maker/files').tags")
    error = maker.fails(
        "HfApi().upload_file(path_or_fileobj=b'---\\nlicense: nonsense\\n---\\n', "
        "path_in_repo='README.md', repo_id='maker/files')"
    )
    assert error.kind == "ValueError"
    assert "must be one of" in error.text
