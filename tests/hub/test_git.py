"""The real git and git-lfs: clone, fetch, shallow, with ids equal and nothing missing."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.client import HubClient
from tests.support.server import Server

WEIGHTS = os.urandom(400_000)


class Git:
    """A machine with git and a credential for one server."""

    def __init__(self, server: Server, home: Path, token: str = "", *options: str) -> None:
        self.server, self.home, self.options = server, home, options
        home.mkdir(exist_ok=True)
        if token:
            place = server.url.replace("http://", f"http://user:{token}@")
            (home / ".git-credentials").write_text(f"{place}\n")
            (home / ".gitconfig").write_text("[credential]\n\thelper = store\n")

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        kept = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        ours = {"HOME": str(self.home), "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1"}
        done = subprocess.run(
            ["git", *self.options, *words],
            env=kept | ours,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if check:
            assert done.returncode == 0, done.stderr + self.server.logs()
        return done

    def clone(self, repo: str, *words: str) -> Path:
        self.run("clone", "-q", *words, f"{self.server.url}/{repo}", "here")
        return self.home / "here"

    def said(self, *words: str) -> list[str]:
        return self.run("-C", "here", *words).stdout.split()


@pytest.fixture(scope="module")
def maker(portal_server: Server) -> HubClient:
    return HubClient(portal_server, portal_server.people.maker.write_token)


@pytest.fixture(scope="module")
def repo(maker: HubClient, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A repo with history: many files in folders, edits, a branch, a tag, a proposal, weights."""
    folder = tmp_path_factory.mktemp("files")
    for number in range(300):
        path = folder / f"part-{number % 7}" / f"文件-{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{number}\n" * (number % 5 + 1))
    (folder / "vocab.json").write_text("x y z\n" * 40_000)
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    name = "maker/by-git"
    maker.call(f"HfApi().create_repo({name!r})")
    maker.call(f"HfApi().upload_folder(folder_path={str(folder)!r}, repo_id={name!r})")
    for number in range(12):
        edit(maker, name, f"part-{number % 7}/文件-{number}.txt", f"edit {number}")
    maker.call(f"HfApi().create_branch({name!r}, branch='side', revision='main')")
    edit(maker, name, "side.txt", "on the side", revision="side")
    edit(maker, name, "proposed.txt", "please", create_pr=True)
    maker.call(f"HfApi().create_tag({name!r}, tag='v1')")
    maker.call(f"HfApi().delete_folder('part-3', {name!r})")
    return name


def edit(client: HubClient, repo: str, path: str, text: str, **options: object) -> None:
    client.call(
        f"HfApi().upload_file(path_or_fileobj={text!r}.encode(), path_in_repo={path!r}, "
        f"repo_id={repo!r}, **{options!r})"
    )


@pytest.fixture
def git(portal_server: Server, tmp_path: Path) -> Git:
    return Git(portal_server, tmp_path / "home")


PROTOCOLS = pytest.mark.parametrize("version", ["2", "0"])


@PROTOCOLS
@pytest.mark.parametrize("suffix", ["", ".git"])
def test_a_clone_is_whole_and_has_our_ids(
    portal_server: Server, maker: HubClient, repo: str, tmp_path: Path, version: str, suffix: str
) -> None:
    git = Git(portal_server, tmp_path / "home", "", "-c", f"protocol.version={version}")
    folder = git.clone(repo + suffix)
    assert git.run("-C", "here", "fsck", "--full", "--strict").stderr == ""
    refs = maker.call(f"HfApi().list_repo_refs({repo!r}, include_pull_requests=True)")
    ours = {branch["ref"]: branch["target_commit"] for branch in refs["branches"]}
    assert git.said("rev-parse", "HEAD") == [ours["refs/heads/main"]]
    assert git.said("rev-parse", "origin/side") == [ours["refs/heads/side"]]
    assert git.said("rev-list", "HEAD") == [
        commit["commit_id"] for commit in maker.call(f"HfApi().list_repo_commits({repo!r})")
    ]
    assert git.said("status", "--porcelain") == []
    assert (folder / "part-1" / "文件-1.txt").read_text() == "edit 1"
    assert (folder / "vocab.json").stat().st_size == 240_000
    assert not (folder / "part-3").exists()
    git.run("-C", "here", "fetch", "-q", "origin", "refs/pr/*:refs/pr/*", "v1")
    assert git.said("show", f"{git.said('for-each-ref', 'refs/pr')[2]}:proposed.txt") == ["please"]
    git.run("-C", "here", "fsck", "--full", "--strict")


@PROTOCOLS
def test_a_shallow_clone_deepens_and_follows(
    portal_server: Server, maker: HubClient, repo: str, tmp_path: Path, version: str
) -> None:
    git = Git(portal_server, tmp_path / "home", "", "-c", f"protocol.version={version}")
    git.clone(repo, "--depth", "1")
    assert len(git.said("rev-list", "HEAD")) == 1
    git.run("-C", "here", "fsck", "--full", "--strict")
    edit(maker, repo, "later.txt", f"said {version}")
    git.run("-C", "here", "pull", "-q")
    assert len(git.said("rev-list", "HEAD")) == 2
    git.run("-C", "here", "fetch", "-q", "--depth", "5")
    assert len(git.said("rev-list", "origin/HEAD")) == 5
    git.run("-C", "here", "fetch", "-q", "--unshallow")
    commits = maker.call(f"HfApi().list_repo_commits({repo!r})")
    assert len(git.said("rev-list", "HEAD")) == len(commits)
    git.run("-C", "here", "fsck", "--full", "--strict")


def test_a_fetch_brings_only_what_is_new(
    portal_server: Server, maker: HubClient, repo: str, git: Git
) -> None:
    git.clone(repo)
    before = int(git.said("count-objects", "-v")[3])
    edit(maker, repo, "part-1/文件-1.txt", "edited again")
    git.run("-C", "here", "fetch", "-q", "-c", "fetch.unpackLimit=10000", check=False)
    git.run("-C", "here", "-c", "fetch.unpackLimit=10000", "pull", "-q")
    loose = int(git.said("count-objects")[0])
    assert before >= 0
    assert loose <= 4, "a commit, two trees and a blob"
    assert (git.home / "here" / "part-1" / "文件-1.txt").read_text() == "edited again"


def test_weights_come_by_git_lfs(repo: str, git: Git) -> None:
    git.clone(repo)
    git.run("-C", "here", "lfs", "pull")
    assert (git.home / "here" / "model.safetensors").read_bytes() == WEIGHTS


def test_an_empty_repo_can_be_cloned(maker: HubClient, git: Git) -> None:
    maker.call("HfApi().create_repo('maker/empty-for-git')")
    git.clone("maker/empty-for-git")
    git.run("-C", "here", "fsck")


def test_a_data_set_is_cloned_from_its_address(maker: HubClient, git: Git) -> None:
    maker.call("HfApi().create_repo('maker/data-for-git', repo_type='dataset')")
    edit(maker, "maker/data-for-git", "rows.csv", "a,b", repo_type="dataset")
    assert (git.clone("datasets/maker/data-for-git") / "rows.csv").read_text() == "a,b"


def test_a_private_repo_is_cloned_with_a_token_and_is_missing_without(
    portal_server: Server, maker: HubClient, tmp_path: Path
) -> None:
    maker.call("HfApi().create_repo('maker/private-for-git', private=True)")
    edit(maker, "maker/private-for-git", "secret.txt", "secret")
    people = portal_server.people
    owner = Git(portal_server, tmp_path / "owner", people.maker.read_token)
    assert (owner.clone("maker/private-for-git") / "secret.txt").read_text() == "secret"
    for number, token in enumerate(("", people.outsider.read_token)):
        stranger = Git(portal_server, tmp_path / f"stranger{number}", token)
        there = stranger.run("ls-remote", f"{portal_server.url}/maker/private-for-git", check=False)
        missing = stranger.run(
            "ls-remote", f"{portal_server.url}/maker/no-such-for-git", check=False
        )
        assert there.returncode == missing.returncode != 0
        assert there.stderr.replace("private", "no-such") == missing.stderr


def test_a_gated_repo_says_where_to_agree(
    portal_server: Server, maker: HubClient, tmp_path: Path
) -> None:
    maker.call("HfApi().create_repo('maker/gated-for-git')")
    maker.call("HfApi().update_repo_settings('maker/gated-for-git', gated='manual')")
    reader = Git(portal_server, tmp_path / "reader", portal_server.people.voter.read_token)
    done = reader.run("clone", f"{portal_server.url}/maker/gated-for-git", "here", check=False)
    assert done.returncode
    assert "remote: " in done.stderr
    assert "/maker/gated-for-git" in done.stderr


def test_a_push_is_refused_with_a_sentence(
    portal_server: Server, repo: str, tmp_path: Path
) -> None:
    git = Git(portal_server, tmp_path / "home", portal_server.people.maker.write_token)
    git.clone(repo)
    for name in ("user.email", "user.name"):
        git.run("-C", "here", "config", name, "somebody@example.org")
    git.run("-C", "here", "commit", "-q", "--allow-empty", "-m", "mine")
    done = git.run("-C", "here", "push", "origin", "HEAD:main", check=False)
    assert done.returncode
    assert "hf upload" in done.stderr


@pytest.fixture
def secret_oid(maker: HubClient, repo: str) -> str:
    """Return a commit of a private repo, which another repo must not give."""
    maker.call("HfApi().create_repo('maker/other-for-git', private=True, exist_ok=True)")
    edit(maker, "maker/other-for-git", "s", "s")
    return maker.call("HfApi().model_info('maker/other-for-git').sha")


def test_a_commit_of_another_repo_is_not_ours(
    repo: str, git: Git, secret_oid: str, as_person: Callable
) -> None:
    git.clone(repo, "--depth", "1")
    foreign = git.run("-C", "here", "fetch", "origin", secret_oid, check=False)
    unknown = git.run("-C", "here", "fetch", "origin", "1" * 40, check=False)
    assert foreign.returncode == unknown.returncode != 0
    assert foreign.stderr.replace(secret_oid, "1" * 40) == unknown.stderr


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"zzzz", 400),
        (b"0003", 400),
        (b"00ffcommand=fetch", 400),
        (b"0012command=fetch00010009want x0000", 400),
        (b"0014command=nonsense0000", 400),
        (b"\x1f\x8bnot gzip", 400),
    ],
)
def test_a_broken_request_is_refused(
    portal_server: Server, repo: str, body: bytes, status: int
) -> None:
    import httpx2

    headers = {"Git-Protocol": "version=2"}
    if body.startswith(b"\x1f"):
        headers["Content-Encoding"] = "gzip"
    answer = httpx2.post(
        f"{portal_server.url}/{repo}.git/git-upload-pack", content=body, headers=headers
    )
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_squashed_branch_is_cloned_whole_and_fetched_by_old_clones(
    maker: HubClient, git: Git
) -> None:
    name = "maker/squashed-by-git"
    maker.call(f"HfApi().create_repo({name!r})")
    for number in range(3):
        edit(maker, name, f"folder/{number % 2}.txt", f"edit {number}")
    git.clone(name)
    before = git.said("rev-parse", "HEAD^{tree}")
    maker.call(f"HfApi().super_squash_history({name!r})")
    edit(maker, name, "after.txt", "after")
    git.run("-C", "here", "fetch", "-q")
    assert git.said("rev-parse", "origin/main~1^{tree}") == before
    assert len(git.said("rev-list", "origin/main")) == 2
    git.run("clone", "-q", f"{git.server.url}/{name}", "again")
    assert git.run("-C", "again", "fsck", "--full", "--strict").stderr == ""
    assert git.run("-C", "again", "rev-list", "HEAD").stdout.split() == git.said(
        "rev-list", "origin/main"
    )
