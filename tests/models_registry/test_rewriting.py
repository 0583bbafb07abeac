"""Large files taken out of history: what is left is whole, and nothing evaluated is touched."""

import hashlib
from types import SimpleNamespace

import pytest

from models_registry import jobs as registry_jobs
from models_registry import refs, revisions
from models_registry.discussions import finding, merging
from models_registry.models import Com, ComObj, Discussion, PathDelta, Ref, Repo, RepoBlob, Retained
from models_registry.revisions import AddFile, objects, rewriting
from models_registry.revisions.holding import held
from models_registry.revisions.refusals import LfsMissing
from portal.clock import db_now
from portal.jobs.models import Job
from tests.factories import PersonFactory, make_lfs, make_repo
from tests.models_registry.deeds import commit, files

pytestmark = pytest.mark.db
GONE, KEPT = b"to go" * 9, b"to stay" * 9


def key(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def closure(repo: Repo, tree: str) -> set[str]:
    found = {tree}
    for mode, oid in objects.tree(repo.pk, tree).values():
        found |= closure(repo, oid) if mode == 0o40000 else {oid}
    return found


@pytest.fixture
def repo(maker):
    """Two large files, a tag with both, a branch and a proposal that stand on them."""
    repo = make_repo(maker)
    commit(repo, AddFile("first.txt", b"1"))
    commit(repo, make_lfs(repo, maker, GONE)("old/gone.bin"), make_lfs(repo, maker, KEPT)("k.bin"))
    refs.create_tag(repo, "v1", by=maker, revision="main")
    refs.create_branch(repo, "side", by=maker)
    commit(repo, AddFile("side.txt", b"s"), ref="refs/heads/side")
    commit(repo, AddFile("last.txt", b"l"))
    commit(repo, AddFile("p.txt", b"p"), create_pr=True, summary="Propose")
    repo.refresh_from_db()
    return repo


def test_every_revision_is_without_it_and_whole(repo, maker) -> None:
    before = revisions.resolve(repo).oid
    first = Com.objects.get(repo=repo, gen=1).oid
    assert rewriting.remove(repo, [key(GONE)], by=maker) == 4
    for rev in ("main", "v1", "side", "refs/pr/1"):
        found = files(repo, rev)
        assert found["k.bin"] == KEPT and "old/gone.bin" not in found and "first.txt" in found
    assert files(repo, "side")["side.txt"] == b"s"
    repo.refresh_from_db()
    now = revisions.resolve(repo)
    assert repo.head_oid == now.oid != before and now.on_default
    titles = [com.title for com in revisions.history(now)]
    assert len(titles) == 4
    assert revisions.resolve(repo, first).oid == first, "what stood before it keeps its id"
    with pytest.raises(revisions.RevisionNotFound):
        revisions.resolve(repo, before)
    assert not RepoBlob.objects.filter(repo=repo, blob=key(GONE)).exists()
    assert held(repo, [key(GONE), key(KEPT)]) == {key(KEPT)}


def test_a_clone_gets_every_object_and_paths_have_their_history(repo, maker) -> None:
    rewriting.remove(repo, [key(GONE)], by=maker)
    chain = list(revisions.history(revisions.resolve(repo)))
    oids = [com.oid for com in chain]
    brought = set(
        ComObj.objects.filter(com__repo=repo, com__oid__in=oids).values_list("oid", flat=True)
    )
    assert closure(repo, revisions.resolve(repo).tree_oid) <= brought
    on_default = Com.objects.filter(repo=repo, on_default=True).values_list("pk", flat=True)
    assert set(PathDelta.objects.filter(repo=repo).values_list("com", flat=True)) <= set(on_default)
    last = revisions.last_commits(revisions.resolve(repo), ["k.bin", "last.txt", "first.txt"])
    assert len({com.oid for com in last.values()}) == 3
    assert not PathDelta.objects.filter(repo=repo, path__startswith="old").exists()


def test_a_proposal_goes_on(repo, maker) -> None:
    rewriting.remove(repo, [key(GONE)], by=maker)
    discussion = finding.find(repo, 1)
    entry = discussion.entries.get(kind="commit")
    assert entry.data["oid"] == Ref.objects.get(repo=repo, name="refs/pr/1").target.oid
    assert merging.conflicts(discussion) == []
    merging.merge(discussion, by=maker)
    assert files(repo)["p.txt"] == b"p"
    assert Discussion.objects.get(pk=discussion.pk).merged_oid == revisions.resolve(repo).oid


def test_what_was_evaluated_stays(repo, maker) -> None:
    evaluated = Ref.objects.get(repo=repo, name="refs/tags/v1").target
    Retained.objects.create(com=evaluated, reason="evaluated", since=db_now())
    with pytest.raises(rewriting.Evaluated):
        rewriting.remove(repo, [key(GONE)], by=maker)
    assert files(repo)["old/gone.bin"] == GONE


def test_a_commit_that_comes_meanwhile_is_written_anew_too(repo, maker, monkeypatch) -> None:
    write = rewriting._write

    def slowly(*args: object) -> None:
        monkeypatch.setattr(rewriting, "_write", write)
        commit(repo, AddFile("meanwhile.txt", b"m"))
        write(*args)

    monkeypatch.setattr(rewriting, "_write", slowly)
    assert rewriting.remove(repo, [key(GONE)], by=maker) == 5
    found = files(repo)
    assert found["meanwhile.txt"] == b"m" and "old/gone.bin" not in found
    now = revisions.resolve(repo)
    assert now.on_default and len(list(revisions.history(now))) == 5


def test_a_long_history_is_written_by_a_job_if_its_author_still_may(
    repo, maker, monkeypatch
) -> None:
    monkeypatch.setattr(rewriting, "AT_ONCE", 3)
    assert rewriting.remove_soon(repo, [key(GONE)], by=maker) is None
    assert rewriting.remove_soon(repo, [key(GONE)], by=maker) is None
    assert "old/gone.bin" in files(repo)
    job = Job.objects.get(name="models_registry.jobs.remove_files")
    stranger = PersonFactory(username="stranger")
    other = SimpleNamespace(payload=job.payload | {"by": stranger.pk})
    assert registry_jobs.remove_files(other) is None
    assert registry_jobs.remove_files(SimpleNamespace(payload=job.payload)) == {"commits": 4}
    assert "old/gone.bin" not in files(repo)


def test_what_was_evaluated_is_refused_before_a_job_is_made(repo, maker, monkeypatch) -> None:
    monkeypatch.setattr(rewriting, "AT_ONCE", 3)
    refs.retain(repo, revisions.resolve(repo, "v1").oid, "evaluated")
    with pytest.raises(rewriting.Evaluated):
        rewriting.remove_soon(repo, [key(GONE)], by=maker)
    assert not Job.objects.filter(name="models_registry.jobs.remove_files").exists()


def test_twice_and_of_nothing_is_nothing(repo, maker) -> None:
    rewriting.remove(repo, [key(GONE)], by=maker)
    head = revisions.resolve(repo).oid
    assert rewriting.remove(repo, [key(GONE), "0" * 64], by=maker) == 0
    assert revisions.resolve(repo).oid == head
    with pytest.raises(LfsMissing):
        commit(repo, revisions.AddLfs("again.bin", key(GONE), len(GONE)))
    commit(repo, make_lfs(repo, maker, GONE)("again.bin"))
    assert files(repo)["again.bin"] == GONE
