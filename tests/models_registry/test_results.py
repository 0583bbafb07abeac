"""Evaluation results that repos carry: read from their files, told apart from what is ours."""

import json

import pytest

from models_registry import results, revisions
from models_registry.models import EvalResult, Repo
from models_registry.results import attesting
from models_registry.results.reading import read
from models_registry.revisions import AddFile, DeletePath
from portal.access import Actor
from portal.jobs.models import Job
from tests.factories import make_repo

pytestmark = pytest.mark.django_db
ENTRY = {"dataset": {"id": "lab/Exam", "task_id": "main"}, "value": 0.5}


def carried(repo: Repo, *entries: object, name: str = "exam") -> None:
    """Commit a file of results and read it, as the job does."""
    commit(repo, AddFile(f".eval_results/{name}.yaml", json.dumps(entries).encode()))
    read(repo)


def commit(repo: Repo, *operations: object, **more: object) -> None:
    revisions.commit(repo, author=repo.created_by, operations=list(operations), summary="x", **more)


def told(repo: Repo) -> list[dict]:
    return results.of_repo(repo)


@pytest.mark.db
def test_a_file_becomes_a_result_and_goes_with_it(maker):
    repo = make_repo(maker, "tiny")
    source = {"url": "https://example.org/log", "name": "Log", "color": "red"}
    carried(repo, ENTRY | {"notes": "one shot", "source": source, "more": "x"})
    (entry,) = told(repo)
    assert entry["filename"] == ".eval_results/exam.yaml" and entry["verified"] is False
    assert entry["data"] == ENTRY | {
        "notes": "one shot", "source": {"url": "https://example.org/log", "name": "Log"},
    }  # fmt: skip
    commit(repo, DeletePath(".eval_results/exam.yaml"))
    read(repo)
    assert told(repo) == []


def test_only_a_change_of_results_on_the_default_branch_is_read(maker):
    def asked() -> int:
        return Job.objects.filter(name="models_registry.jobs.read_results").count()

    repo = make_repo(maker, "tiny")
    commit(repo, AddFile("notes.txt", b"x"))
    assert asked() == 0
    commit(repo, AddFile(".eval_results/a.yaml", b"[]"))
    assert asked() == 1
    commit(repo, AddFile("notes.txt", b"y"))
    commit(repo, AddFile(".eval_results/b.yaml", b"[]"), create_pr=True)
    assert asked() == 1


LAUGHS = "a: &a [x]\n" + "".join(f"{c}: &{c} [*{p},*{p}]\n" for p, c in ("ab", "bc", "cd", "de"))


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"a: b",
        b"[1, 2]",
        b"- {dataset: {id: x}, value: 1}",
        b"- {dataset: {id: x, task_id: y}}",
        b"- {dataset: {id: 7, task_id: y}, value: 1}",
        b"- !!python/object/apply:os.system [echo]",
        LAUGHS.encode(),
        b"[" * 5000,
        b"- {dataset: {id: " + b"x" * 200 + b", task_id: y}, value: 1}",
        b"x" * 70_000,
        b"\n".join([b"- {dataset: {id: a, task_id: b}, value: 1}"] * 101),
    ],
)
def test_a_file_that_cannot_be_read_says_so(maker, content):
    repo = make_repo(maker, "tiny", files={".eval_results/bad.yaml": content})
    carried(repo, ENTRY)
    bad, good = told(repo)
    assert bad["filename"].endswith("bad.yaml") and bad["error"]
    assert good["data"]["value"] == 0.5


def test_a_board_orders_what_everybody_may_see(maker, voter, monkeypatch):
    def ours(repo: Repo, entry: dict) -> bool:
        return entry.get("notes") == "ours"

    monkeypatch.setattr(attesting, "_known", [ours])
    for name, value, notes in (("a", 0.4, "ours"), ("b", 0.6, "ours"), ("c", 0.99, "mine")):
        carried(make_repo(maker, name), ENTRY | {"value": value, "notes": notes})
    carried(make_repo(maker, "hidden", visibility="private"), ENTRY | {"value": 1.0})
    carried(make_repo(maker, "words"), ENTRY | {"value": "good"}, ENTRY | {"value": ".nan"})
    card = b"---\nbase_model: maker/a\n---\n"
    tuned = make_repo(maker, "tuned", files={"README.md": card})
    carried(tuned, ENTRY | {"value": 0.5, "notes": "ours"})

    def names(person, **more: bool) -> list[str]:
        return [row.repo.name for row in results.board("LAB/exam", Actor(person), **more)]

    assert names(voter) == ["b", "tuned", "a", "c"]
    assert names(None, originals=True) == ["b", "a", "c"]
    assert names(maker) == ["b", "tuned", "a", "hidden", "c"]
    assert EvalResult.objects.filter(verified=True).count() == 3
