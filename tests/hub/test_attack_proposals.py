"""More of the table of attacks at the doors of discussions, proposals and git: rows 12 to 33."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from models_registry.formats.pkt_lines import DELIMITER, FLUSH, line
from tests.finetuning.zoo import MARKER, ZOO
from tests.hub.test_attack_names import ENCODED, HOSTILE_PATHS
from tests.hub.test_attack_threads_and_git import V2, bearer
from tests.hub.test_git import Git
from tests.support.client import HubClient
from tests.support.raw import Raw, raw_request
from tests.support.server import Server

SECRET = "a sentence for admitted people"
WORD = "zanzibarquince"  # of titles in hidden repos
GATED, PRIVATE, OPEN = "maker/gate-kept", "maker/gate-closed", "maker/gate-open"
LS_REFS = line("command=ls-refs\n") + DELIMITER + FLUSH


@pytest.fixture(scope="module", autouse=True)
def maker(as_person: Callable[..., HubClient]) -> HubClient:
    client = as_person("maker")
    for name, private in ((GATED, False), (PRIVATE, True), (OPEN, False)):
        client.call(f"HfApi().create_repo({name!r}, private={private})")
        title = "A question" if name != PRIVATE else f"About {WORD}"
        client.call(f"HfApi().create_discussion({name!r}, title={title!r}, description={title!r})")
        client.call(
            f"HfApi().create_commit({name!r}, commit_message={title!r}, create_pr=True, "
            f"operations=[CommitOperationAdd('p.txt', {SECRET.encode()!r})])"
        )
    client.call(f"HfApi().update_repo_settings({GATED!r}, gated='manual')")
    return client


def api(server: Server, repo: str, tail: str = "") -> str:
    return f"{server.url}/api/models/{repo}/discussions{tail}"


def refs_of(server: Server, repo: str, headers: dict[str, str]) -> httpx2.Response:
    return httpx2.post(
        f"{server.url}/{repo}.git/git-upload-pack", content=LS_REFS, headers=headers | V2
    )


def propose(server: Server, repo: str, *operations: dict, who: str = "outsider") -> Raw:
    header = {"key": "header", "value": {"summary": "A proposal"}}
    return raw_request(
        server.port,
        "POST",
        f"/api/models/{repo}/commit/main?create_pr=1",
        token=getattr(server.people, who).write_token,
        body="\n".join(json.dumps(item) for item in (header, *operations)).encode(),
        Content_Type="application/x-ndjson",
    )


def file(path: str, content: str = "YQ==") -> dict:
    return {"key": "file", "value": {"path": path, "content": content, "encoding": "base64"}}


# --- letting oneself in -------------------------------------------------------------------------
@pytest.mark.attack(12)
def test_who_asked_for_access_waits_at_the_git_door_too(portal_server: Server) -> None:
    asking = bearer(portal_server, "voter")
    asked = httpx2.post(f"{portal_server.url}/{GATED}/ask-access", headers=asking)
    assert asked.status_code < 400
    for verb in ("handle", "grant"):
        answer = httpx2.post(
            f"{portal_server.url}/api/models/{GATED}/user-access-request/{verb}",
            json={"user": "voter", "status": "accepted"},
            headers=asking,
        )
        assert answer.status_code in (403, 404)
    assert refs_of(portal_server, GATED, asking).status_code == 403
    assert httpx2.get(
        f"{portal_server.url}/{GATED}.git/info/refs?service=git-upload-pack", headers=asking
    ).status_code == 403  # fmt: skip
    assert SECRET not in httpx2.get(api(portal_server, GATED, "/2?diff=1"), headers=asking).text


@pytest.mark.attack(12)
def test_nobody_merges_what_they_propose_to_somebody_elses_repo(portal_server: Server) -> None:
    number = propose(portal_server, OPEN, file("mine.txt")).json()["pullRequestUrl"].split("/")[-1]
    outsider = bearer(portal_server)
    for tail, body in ((f"/{number}/merge", {}), ("/2/merge", {}), ("/1/pin", {"pinned": True})):
        answer = httpx2.post(api(portal_server, OPEN, tail), json=body, headers=outsider)
        assert answer.status_code in (403, 404), tail
    push = httpx2.post(f"{portal_server.url}/{OPEN}.git/git-receive-pack", headers=outsider)
    assert push.status_code == 403 and "hf upload" in push.text
    assert httpx2.get(api(portal_server, OPEN, f"/{number}")).json()["status"] != "merged"
    assert httpx2.head(f"{portal_server.url}/{OPEN}/resolve/main/mine.txt").status_code == 404


# --- caches, spellings, lists -------------------------------------------------------------------
@pytest.mark.attack(14)
@pytest.mark.parametrize("repo", [GATED, PRIVATE])
def test_no_cache_keeps_what_git_or_a_proposal_says(portal_server: Server, repo: str) -> None:
    admitted = bearer(portal_server, "maker")
    answers = [
        httpx2.get(
            f"{portal_server.url}/{repo}.git/info/refs?service=git-upload-pack", headers=admitted
        ),
        refs_of(portal_server, repo, admitted),
        httpx2.get(api(portal_server, repo, "/2?diff=1"), headers=admitted),
        httpx2.get(api(portal_server, repo), headers=admitted),
    ]
    for answer in answers:
        assert answer.status_code == 200
        said = answer.headers["Cache-Control"]
        assert "private" in said and "no-store" in said, answer.url
        assert "public" not in said and "s-maxage" not in said


@pytest.mark.attack(15)
@pytest.mark.parametrize("repo", [GATED, PRIVATE, OPEN])
@pytest.mark.parametrize(
    "target",
    ["/{up}.git/info/refs?service=git-upload-pack", "/{ns}//{name}.git/info/refs",
     "//{ns}/{name}.git/info/refs?service=git-upload-pack", "/{ns}/{name}.git;x/info/refs",
     "/{ns}/{name}%2egit/info/refs?service=git-upload-pack", "/{ns}/{name}.git.git/info/refs",
     "/{ns}/{name}.GIT/info/refs?service=git-upload-pack", "/{ns}/{name}.git/./info/refs",
     "/{ns}/{name}%20/info/refs?service=git-upload-pack", "/./{ns}/{name}.git/info/refs",
     "/api/models/{up}/discussions/2?diff=1", "/api/models/{ns}//{name}/discussions/2?diff=1",
     "/api/models/{ns}/{name};x/discussions/2?diff=1", "/api/models/{ns}/{name}.git/discussions/2",
     "/api/models/{ns}/{name}/discussions/2/?diff=1", "/api/models/{ns}/{name}/discussions/02",
     "/{up}/discussions/2/changes", "/{ns}/{name}.git/discussions/2/changes"],
)  # fmt: skip
def test_no_spelling_of_a_name_is_another_way_in(
    portal_server: Server, repo: str, target: str
) -> None:
    """What is open may answer under another spelling; what is not never does."""
    ns, _slash, name = repo.partition("/")
    for who in ("", portal_server.people.outsider.write_token):
        answer = raw_request(
            portal_server.port, "GET", target.format(up=repo.upper(), ns=ns, name=name), token=who
        )
        assert SECRET.encode() not in answer.body or repo == OPEN
        if repo == OPEN:
            assert answer.status < 500
        elif answer.status in (301, 302, 307, 308):
            ours = ("/", f"{portal_server.url}/")
            assert repo == GATED and answer.headers["Location"].startswith(ours)
        else:
            assert answer.status in (400, 401, 403, 404)
            assert b"refs/pr/" not in answer.body


@pytest.mark.attack(17)
@pytest.mark.parametrize(
    "path",
    ["/search?q={}", "/models?q={}", "/api/models?search={}", "/maker", "/log", "/", "/activity",
     "/api/v1/events", f"/{OPEN}/activity", f"/{OPEN}/discussions?q={{}}",
     f"/api/models/{OPEN}/discussions"],
)  # fmt: skip
def test_no_list_names_a_thread_of_a_hidden_repo(portal_server: Server, path: str) -> None:
    for headers in ({}, bearer(portal_server)):
        answer = httpx2.get(portal_server.url + path.format(WORD), headers=headers)
        assert answer.status_code in (200, 404)
        assert f"About {WORD}" not in answer.text and PRIVATE not in answer.text


@pytest.mark.attack(17)
def test_a_repo_that_is_made_private_is_gone_from_git_and_its_threads_at_once(
    portal_server: Server, maker: HubClient
) -> None:
    name = "maker/gate-later"
    maker.call(f"HfApi().create_repo({name!r})")
    maker.call(f"HfApi().create_discussion({name!r}, title='Open for now')")
    outsider = bearer(portal_server)
    assert refs_of(portal_server, name, outsider).status_code == 200
    maker.call(f"HfApi().update_repo_settings({name!r}, private=True)")
    assert refs_of(portal_server, name, outsider).status_code == 404
    assert refs_of(portal_server, name, {}).status_code == 401
    for where in (api(portal_server, name), api(portal_server, name, "/1")):
        assert httpx2.get(where, headers=outsider).status_code == 404
        assert httpx2.get(where).status_code == 401


# --- paths --------------------------------------------------------------------------------------
@pytest.mark.attack(18)
@pytest.mark.parametrize("path", ENCODED)
@pytest.mark.parametrize(
    "door",
    ["/maker/gate-open.git/{}", "/maker/gate-open.git/objects/{}", "/maker/gate-open/info/{}",
     "/{}/gate-open.git/info/refs?service=git-upload-pack", "/maker/gate-open/discussions/{}",
     "/api/models/maker/gate-open/discussions/{}", "/maker/gate-open/discussions/2/{}",
     "/maker/gate-open/resolve/refs%2Fpr%2F2/{}", "/maker/gate-open/blob/refs/pr/2/{}"],
)  # fmt: skip
def test_no_address_of_git_or_a_thread_climbs_out(
    portal_server: Server, door: str, path: str
) -> None:
    token = portal_server.people.maker.write_token
    answer = raw_request(portal_server.port, "GET", door.format(path), token=token)
    assert answer.status in (400, 401, 403, 404), answer.status
    assert b"root:" not in answer.body and b"repositoryformatversion" not in answer.body


@pytest.mark.attack(18, 19)
@pytest.mark.parametrize("path", HOSTILE_PATHS, ids=range(len(HOSTILE_PATHS)))
def test_no_proposal_brings_a_hostile_path(portal_server: Server, path: str) -> None:
    before = httpx2.get(api(portal_server, OPEN)).json()["count"]
    copy = {"key": "copyFile", "value": {"path": path, "srcPath": ".gitattributes"}}
    for operation in (file(path), copy):
        if (operation["key"], path) == ("copyFile", "a/"):
            continue  # a folder may be written so: it is copied to `a`
        answer = propose(portal_server, OPEN, operation)
        assert 400 <= answer.status < 500, (operation["key"], answer.status, answer.body[:200])
    assert httpx2.get(api(portal_server, OPEN)).json()["count"] == before


@pytest.mark.attack(19)
def test_what_a_clone_gets_is_files_and_folders_alone(
    portal_server: Server, maker: HubClient, tmp_path: Path
) -> None:
    """A link's target as text stays text, and no mode that was asked for is taken."""
    linked = file("link", "L2V0Yy9wYXNzd2Q=")  # /etc/passwd
    linked["value"] |= {"mode": "120000", "type": "symlink"}
    sub = file("sub") | {"mode": "160000"}
    told = propose(portal_server, OPEN, linked, sub)
    assert told.status in (200, 400)
    git = Git(portal_server, tmp_path / "home")
    git.clone(OPEN)
    git.run("-C", "here", "fetch", "-q", "origin", "+refs/pr/*:refs/pr/*")
    git.run("-C", "here", "fsck", "--strict")
    for ref in git.said("for-each-ref", "--format=%(refname)"):
        rows = git.run("-C", "here", "ls-tree", "-r", "-t", ref).stdout.splitlines()
        assert {row.split()[0] for row in rows} <= {"100644", "040000"}, ref
        assert not any(part.lower() == ".git" for row in rows for part in row.split("/"))


@pytest.mark.attack(22)
def test_refs_that_differ_by_case_are_two_and_files_never_one(
    portal_server: Server, maker: HubClient
) -> None:
    heads = {}
    for branch in ("Line", "line"):
        maker.call(f"HfApi().create_branch({OPEN!r}, branch={branch!r})")
        heads[branch] = maker.call(
            f"HfApi().upload_file(path_or_fileobj={branch.encode()!r}, path_in_repo='x.txt', "
            f"repo_id={OPEN!r}, revision={branch!r}).oid"
        )
    listed = refs_of(portal_server, OPEN, {}).text
    for branch, oid in heads.items():
        assert f"{oid} refs/heads/{branch}\n" in listed
    told = propose(portal_server, OPEN, file("two"), file("two/below"))
    assert told.status in (400, 422)
    once = propose(portal_server, OPEN, file("caf\u00e9.txt"), file("cafe\u0301.txt", "Yg=="))
    assert once.status == 200
    ref = quote(f"refs/pr/{once.json()['pullRequestUrl'].split('/')[-1]}", safe="")
    tree = httpx2.get(f"{portal_server.url}/api/models/{OPEN}/tree/{ref}").json()
    assert [item["path"] for item in tree if "caf" in item["path"]] == ["caf\u00e9.txt"]
    other = httpx2.get(api(portal_server, OPEN.upper(), "/1"), follow_redirects=False)
    assert other.status_code in (200, 307, 404)


# --- hostile models -----------------------------------------------------------------------------
FEW = ("pickle named model.safetensors", "torch zip, bad checksum", "numpy objects",
       "template: cycler", "auto_map")  # fmt: skip


@pytest.mark.attack(33)
@pytest.mark.parametrize("name", FEW)
def test_a_hostile_model_is_proposed_shown_and_cloned_as_it_is(
    portal_server: Server, as_person: Callable[..., HubClient], tmp_path: Path, name: str
) -> None:
    hostile = ZOO[name]
    sent = tmp_path / "sent"
    sent.write_bytes(hostile.content)
    number = as_person("outsider").call(
        f"(setattr(HfApi, '_validate_yaml', lambda *_, **__: None), HfApi().create_commit("
        f"{OPEN!r}, commit_message='A model', create_pr=True, operations=["
        f"CommitOperationAdd({hostile.name!r}, Path({str(sent)!r}).read_bytes())]).pr_num)[1]"
    )
    for where in (f"/{OPEN}/discussions/{number}", f"/{OPEN}/discussions/{number}/changes",
                  f"/api/models/{OPEN}/discussions/{number}?diff=1",
                  f"/{OPEN}/blob/refs/pr/{number}/{hostile.name}"):  # fmt: skip
        answer = httpx2.get(portal_server.url + where)
        assert answer.status_code == 200, where
        assert ">safe<" not in answer.text
    shown = httpx2.get(
        f"{portal_server.url}/{OPEN}/resolve/refs%2Fpr%2F{number}/{hostile.name}",
        follow_redirects=True,
    )
    assert shown.content == hostile.content
    git = Git(portal_server, tmp_path / "home")
    git.clone(OPEN)
    git.run("-C", "here", "fetch", "-q", "origin", f"refs/pr/{number}")
    git.run("-C", "here", "checkout", "-q", "FETCH_HEAD")
    fetched = (git.home / "here" / hostile.name).read_bytes()
    assert fetched == hostile.content or b"git-lfs.github.com/spec" in fetched
    assert not list(portal_server.data.rglob(MARKER)) and not list(tmp_path.rglob(MARKER))
