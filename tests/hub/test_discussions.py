"""Discussions and pull requests by the stock client, and by raw requests where it has no word."""

from collections.abc import Callable

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.server import Server

REPO = "maker/talked-about"


@pytest.fixture(scope="module")
def maker(as_person: Callable[..., HubClient]) -> HubClient:
    client = as_person("maker")
    client.call(f"HfApi().create_repo({REPO!r})")
    put(client, "a.txt", "one\ntwo\n")
    put(client, "b.txt", "bee\n")
    return client


@pytest.fixture(scope="module")
def guest(as_person: Callable[..., HubClient], maker: HubClient) -> HubClient:
    return as_person("outsider")


def put(client: HubClient, path: str, text: str, **options: object) -> dict:
    return client.call(
        f"HfApi().upload_file(path_or_fileobj={text!r}.encode(), path_in_repo={path!r}, "
        f"repo_id={REPO!r}, **{options!r})"
    )


def proposed(client: HubClient, path: str, text: str) -> int:
    return client.call(
        f"HfApi().upload_file(path_or_fileobj={text!r}.encode(), path_in_repo={path!r}, "
        f"repo_id={REPO!r}, create_pr=True, commit_message='change {path}').pr_num"
    )


def details(client: HubClient, number: int) -> dict:
    return client.call(f"HfApi().get_discussion_details({REPO!r}, {number})")


def read(client: HubClient, path: str, revision: str = "main") -> str:
    call = f"open(hf_hub_download({REPO!r}, {path!r}, revision={revision!r})).read()"
    return client.call(call)


def test_a_discussion_from_first_word_to_last(maker: HubClient, guest: HubClient) -> None:
    api = f"HfApi().{{}}({REPO!r}, "
    number = guest.call(
        api.format("create_discussion") + "title='A question', description='How was it trained?')"
    )["num"]
    made = guest.call(api.format("comment_discussion") + f"{number}, comment='And on *what*?')")
    assert made["content"] == "And on *what*?"
    edited = guest.call(
        api.format("edit_discussion_comment") + f"{number}, {made['id']!r}, 'And on which data?')"
    )
    assert edited["edited"] is True
    maker.call(api.format("comment_discussion") + f"{number}, comment='On sentences.')")
    maker.call(api.format("rename_discussion") + f"{number}, 'Training data')")
    status = guest.call(
        api.format("change_discussion_status") + f"{number}, 'closed', comment='Thanks!')"
    )
    assert status["new_status"] == "closed"
    told = details(guest, number)
    assert (told["title"], told["status"]) == ("Training data", "closed")
    assert [event["type"] for event in told["events"]] == [
        "comment", "comment", "comment", "title-change", "comment", "status-change",
    ]  # fmt: skip
    assert told["events"][1]["content"] == "And on which data?"
    hidden = maker.call(api.format("hide_discussion_comment") + f"{number}, {made['id']!r})")
    assert hidden["hidden"] is True
    assert "which data" not in str(details(guest, number))


def test_lists_by_kind_state_and_author(maker: HubClient, guest: HubClient) -> None:
    guest.call(f"HfApi().create_discussion({REPO!r}, title='Listed')")
    pull = proposed(guest, "listed.txt", "x")
    found = f"[d.num for d in HfApi().get_repo_discussions({REPO!r}, {{}})]"
    assert pull in guest.call(found.format("discussion_type='pull_request'"))
    assert pull not in guest.call(found.format("discussion_type='discussion'"))
    assert pull in guest.call(found.format("author='outsider'"))
    assert guest.call(found.format("author='voter'")) == []
    assert pull not in guest.call(found.format("discussion_status='closed'"))


def test_a_pull_request_is_merged_as_it_is(maker: HubClient, guest: HubClient) -> None:
    """Nothing else came: the branch moves to the very commit that was proposed."""
    number = proposed(guest, "a.txt", "one\n2\n")
    told = details(guest, number)
    assert (told["status"], told["is_pull_request"]) == ("open", True)
    assert told["conflicting_files"] == []
    assert "-two\n+2\n" in told["diff"]
    head = guest.call(f"HfApi().model_info({REPO!r}, revision='refs/pr/{number}').sha")
    maker.call(f"HfApi().merge_pull_request({REPO!r}, {number}, comment='Good.')")
    assert guest.call(f"HfApi().model_info({REPO!r}).sha") == head
    told = details(guest, number)
    assert (told["status"], told["merge_commit_oid"]) == ("merged", head)
    assert read(maker, "a.txt") == "one\n2\n"
    last = maker.call(f"HfApi().get_paths_info({REPO!r}, 'a.txt', expand=True)[0].last_commit")
    assert last["oid"] == head


def test_a_pull_request_comes_on_top_of_what_happened_meanwhile(
    maker: HubClient, guest: HubClient
) -> None:
    number = proposed(guest, "folder/new.txt", "new\n")
    put(maker, "b.txt", "bee bee\n")
    before = maker.call(f"HfApi().model_info({REPO!r}).sha")
    maker.call(f"HfApi().merge_pull_request({REPO!r}, {number})")
    assert read(maker, "folder/new.txt") == "new\n"
    assert read(maker, "b.txt") == "bee bee\n"
    commits = maker.call(f"[c.commit_id for c in HfApi().list_repo_commits({REPO!r})]")
    assert commits[1] == before


def test_nobody_s_work_is_overwritten(maker: HubClient, guest: HubClient) -> None:
    number = proposed(guest, "a.txt", "theirs\n")
    put(maker, "a.txt", "ours\n")
    assert details(guest, number)["conflicting_files"] == ["a.txt"]
    error = maker.fails(f"HfApi().merge_pull_request({REPO!r}, {number})")
    assert error.status == 409
    assert "a.txt" in error.text
    assert read(maker, "a.txt") == "ours\n"
    put(guest, "a.txt", "ours\n", revision=f"refs/pr/{number}")
    assert details(guest, number)["conflicting_files"] == []


def test_a_draft_takes_commits_and_is_opened(maker: HubClient, guest: HubClient) -> None:
    number = guest.call(f"HfApi().create_pull_request({REPO!r}, title='In pieces')")["num"]
    assert details(guest, number)["status"] == "draft"
    assert maker.fails(f"HfApi().merge_pull_request({REPO!r}, {number})").status == 409
    for name in ("one", "two"):
        put(guest, f"{name}.txt", name, revision=f"refs/pr/{number}")
    guest.call(f"HfApi().change_discussion_status({REPO!r}, {number}, 'open')")
    events = details(guest, number)["events"]
    assert [event["type"] for event in events].count("commit") == 2
    maker.call(f"HfApi().merge_pull_request({REPO!r}, {number})")
    assert read(maker, "two.txt") == "two"
    late = guest.fails(
        f"HfApi().upload_file(path_or_fileobj=b'x', path_in_repo='x', repo_id={REPO!r}, "
        f"revision='refs/pr/{number}')"
    )
    assert late.status == 403


def test_who_may_not_is_refused(
    maker: HubClient, guest: HubClient, as_person: Callable[..., HubClient]
) -> None:
    number = proposed(guest, "guarded.txt", "x")
    stranger = as_person("voter")
    for call in (
        f"HfApi().merge_pull_request({REPO!r}, {number})",
        f"HfApi().rename_discussion({REPO!r}, {number}, 'mine now')",
        f"HfApi().change_discussion_status({REPO!r}, {number}, 'closed')",
    ):
        assert stranger.fails(call).status == 403
    assert guest.fails(f"HfApi().merge_pull_request({REPO!r}, {number})").status == 403
    comment = maker.call(f"HfApi().comment_discussion({REPO!r}, {number}, comment='no')")["id"]
    for verb, more in (("edit", ", 'yes'"), ("hide", "")):
        call = f"HfApi().{verb}_discussion_comment({REPO!r}, {number}, {comment!r}{more})"
        assert guest.fails(call).status == 403
    reader = as_person("voter", "read")
    assert reader.fails(f"HfApi().create_discussion({REPO!r}, title='x')").status == 403


def test_a_hidden_repo_has_no_discussions(portal_server: Server, maker: HubClient) -> None:
    maker.call("HfApi().create_repo('maker/not-talked-about', private=True)")
    maker.call("HfApi().create_discussion('maker/not-talked-about', title='secret')")
    headers = {"Authorization": f"Bearer {portal_server.people.outsider.write_token}"}
    for tail in ("", "/1"):
        answers = [
            httpx2.get(
                f"{portal_server.url}/api/models/maker/{name}/discussions{tail}", headers=headers
            )
            for name in ("not-talked-about", "no-such-thing")
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content


@pytest.mark.parametrize(
    ("tail", "body", "status"),
    [
        ("", {"title": " "}, 400),
        ("", {"title": 7}, 400),
        ("", {"title": "x", "description": "x" * 70_000}, 400),
        ("/99999/comment", {"comment": "x"}, 404),
        ("/1/comment", {"comment": "  "}, 400),
        ("/1/status", {"status": "merged"}, 400),
        ("/1/status", {"status": "draft"}, 409),
        ("/1/merge", {}, 409),
        ("/1/comment/not-an-id/edit", {"content": "x"}, 404),
    ],
)
def test_bad_input_gets_a_sentence(
    portal_server: Server, maker: HubClient, tail: str, body: dict, status: int
) -> None:
    maker.call("HfApi().create_repo('maker/badly-asked', exist_ok=True)")
    headers = {"Authorization": f"Bearer {portal_server.people.maker.write_token}"}
    where = f"{portal_server.url}/api/models/maker/badly-asked/discussions"
    first = httpx2.get(f"{where}/1", headers=headers)
    if first.status_code == 404:
        httpx2.post(where, json={"title": "first"}, headers=headers)
    answer = httpx2.post(where + tail, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]
