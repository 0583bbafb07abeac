"""A result goes back into its repo: by whom, with what, and without standing in anyone's way."""

import pytest
import yaml

from models_registry import revisions
from models_registry.revisions import AddFile

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def scored(maker, publish, submit, ner, ner_model, work):
    """A run with a score that nobody had to predict: this is about what happens after."""
    from finetuning.evaluation import states
    from finetuning.evaluation.states import Findings

    run = submit(maker, publish(maker, ner_model), ner)
    states.start(run, 1)
    scores = [
        {"metric": metric, "value": 0.4, "low": 0.3, "high": 0.5}
        for metric in ("entity_f1", "entity_precision", "entity_recall")
    ]
    report = {
        "labels": {"rows": []}, "entities": [], "support": 1, "units": 2, "classes": [0],
        "predictions": b"", "counts": b"", "columns": 3,
    }  # fmt: skip
    states.finish(run, 1, Findings("d" * 64, 10, "p" * 64, {}, scores, report))
    type(run.job).objects.filter(pk=run.job.pk).delete()
    run.refresh_from_db()
    return run


def test_the_result_is_a_commit_of_the_evaluation_account(scored, work) -> None:
    repo = scored.submission.repo
    before = repo.head_oid
    work()
    scored.refresh_from_db()
    repo.refresh_from_db()
    assert repo.head_oid == scored.written_oid != before
    entry = revisions.entry(revisions.resolve(repo), ".eval_results/tiny-ner.yaml")
    (found,) = yaml.safe_load(revisions.read(entry))
    assert found["value"] == 0.4
    assert found["interval"] == [0.3, 0.5]
    assert found["revision"] == scored.submission.revision == before
    assert found["source"]["url"].endswith(scored.get_absolute_url())
    author = repo.commits.get(oid=scored.written_oid).author
    assert author.username == "evaluation"
    assert not author.is_active
    assert not author.has_usable_password()


def test_it_triggers_nothing(scored, work) -> None:
    from finetuning.models import EvaluationRun, Submission
    from portal.jobs.models import Job

    work()
    assert not Job.objects.filter(state__in=["queued", "running"]).exists()
    assert Submission.objects.count() == 1
    assert EvaluationRun.objects.count() == 1


def test_the_owners_next_push_is_not_disturbed(scored, work, maker) -> None:
    """With the parent that the owner knows, and without one; their files and the result stay."""
    from models_registry.revisions.refusals import BranchMoved

    repo = scored.submission.repo
    known = repo.head_oid
    work()
    mine = revisions.commit(
        repo, author=maker, operations=[AddFile("notes.md", b"mine")], summary="Go on", parent=known
    )
    paths = {entry.path for entry in revisions.listing(revisions.resolve(repo), recursive=True)}
    assert {"notes.md", ".eval_results/tiny-ner.yaml", "model.safetensors"} <= paths
    with pytest.raises(BranchMoved):  # a commit of a person still counts
        revisions.commit(
            repo, author=maker, operations=[AddFile("x", b"x")], summary="Late", parent=known
        )
    revisions.commit(
        repo, author=maker, operations=[AddFile("x", b"x")], summary="On", parent=mine.oid
    )


def test_writing_twice_makes_one_commit(scored, work) -> None:
    from finetuning.evaluation import writing_back

    work()
    scored.refresh_from_db()
    assert writing_back.write(scored) == scored.written_oid


def test_nobody_can_sign_up_as_the_evaluation_account(db) -> None:
    from portal.people import handles

    with pytest.raises(handles.HandleTaken):
        handles.check("evaluation")
