"""Runs from submission to score, through the real sandbox, with real (tiny) models."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from finetuning.benchmarks import formats
from portal.errors import Forbidden, Missing

pytestmark = pytest.mark.usefixtures("db")


def value(run, metric: str) -> float:
    return run.scores.get(metric=metric).value


def test_a_model_is_scored_on_every_word(
    maker, publish, submit, work, ner, ner_data: formats.Data, ner_model: Path
) -> None:
    """Scenario 1: equal to seqeval on the stored predictions, words past the window included."""
    run = submit(maker, publish(maker, ner_model), ner)
    work()
    run.refresh_from_db()
    assert run.state == "done", run.failure_text
    said = np.frombuffer(zlib.decompress(run.report.predictions), "<i2")
    assert len(said) == ner_data.units == run.report.units
    names = [ner.labels[number] for number in run.report.classes] + ["O"]
    words = iter(said.tolist())
    predicted = [[names[next(words)] for _ in row["tags"]] for row in ner_data.gold]
    gold = [row["tags"] for row in ner_data.gold]
    wanted = f1_score(gold, predicted, mode="strict", scheme=IOB2, zero_division=0)
    assert value(run, "entity_f1") == pytest.approx(wanted, abs=1e-12)
    assert run.report.support == sum(tag[0] == "B" for row in gold for tag in row)
    assert (said < 0).sum() == 1  # the word without a piece, which counts as O
    assert run.plan_sha256 == run.environment["plan"]["sha256"]
    assert run.environment["data_sha256"] == ner_data.sha256
    assert run.parameters > 0
    assert run.peak_bytes > 10**7
    for score in run.scores.all():
        assert score.low <= score.value <= score.high


def test_a_classifier_is_scored_in_the_benchmarks_words(
    maker, publish, submit, work, define, text_model: Path
) -> None:
    """The labels of the model are matched by name, whatever their order or case."""
    texts = ["a good film", "a bad film", "great", "dull and bad"] * 20
    labels = ["Positive", "Negative", "Positive", "Negative"] * 20
    rows = [{"label": label} for label in labels]
    version = define(formats.texts([{"text": t} for t in texts], rows), slug="tiny-texts")
    run = submit(maker, publish(maker, text_model), version)
    work()
    run.refresh_from_db()
    assert run.state == "done", run.failure_text
    logits = np.frombuffer(zlib.decompress(run.report.predictions), "<f4").reshape(80, 2)
    assert run.report.classes == [0, 1]
    said = np.array(["Negative", "Positive"])[logits.argmax(-1)]
    assert value(run, "accuracy") == pytest.approx((said == np.array(labels)).mean(), abs=1e-12)
    assert {s.metric for s in run.scores.all()} == {"accuracy", "macro_f1", "cross_entropy"}


def test_an_all_o_model_scores_nothing(
    maker, publish, submit, work, ner, changed_model, sign_in
) -> None:
    """Scenario 3: the accuracy over words stands in the token report alone, and says what it is."""
    folder = changed_model(classifier__weight=[0.0], classifier__bias=[9.0, 0, 0, 0, 0])
    run = submit(maker, publish(maker, folder), ner)
    work()
    run.refresh_from_db()
    assert value(run, "entity_f1") == 0.0
    assert run.report.labels["accuracy"] > 0.7
    page = sign_in(maker).get(run.get_absolute_url()).content.decode()
    assert "includes O" in page
    assert f"{run.report.labels['accuracy']:.3f}" in page


@pytest.mark.parametrize(
    "tensor",
    [
        "classifier__bias",
        pytest.param("bert__embeddings__LayerNorm__weight", marks=pytest.mark.slow),
    ],
)
def test_a_model_of_nan_fails_and_is_not_ranked(
    maker, publish, submit, work, ner, changed_model, tensor: str
) -> None:
    from finetuning.leaderboards import board

    run = submit(maker, publish(maker, changed_model(**{tensor: [float("nan")]})), ner)
    work()
    run.refresh_from_db()
    assert (run.state, run.failure) == ("failed", "member.nan")
    assert board.rows(ner) == []


def test_a_model_of_another_task_is_refused_there_and_its_files_are_not(
    maker, publish, submit, work, define, ner_model: Path, client
) -> None:
    """The page of a good tagger shows no red banner because somebody entered it for texts."""
    rows = [{"text": text} for text in ("good", "bad")]
    gold = [{"label": label} for label in ("Positive", "Negative")]
    run = submit(maker, publish(maker, ner_model), define(formats.texts(rows, gold), slug="texts"))
    work()
    run.refresh_from_db()
    assert (run.state, run.failure) == ("failed", "member.refused")
    assert "pooler" in run.failure_text
    assert run.submission.repo.scans.get().status == "clean"
    assert b"were refused" not in client.get(run.submission.repo.path).content


def test_labels_of_another_benchmark_are_named(
    maker, publish, submit, work, ner, tmp_path: Path
) -> None:
    from tests.finetuning.models import tiny

    run = submit(maker, publish(maker, tiny(tmp_path, ["O", "B-drug", "I-drug"])), ner)
    work()
    run.refresh_from_db()
    assert (run.state, run.failure) == ("failed", "member.labels")
    assert "B-drug" in run.failure_text


def test_a_tokenizer_that_panics_ends_its_own_process(
    maker, publish, submit, work, ner, ner_model: Path, tmp_path: Path
) -> None:
    import shutil

    folder = Path(shutil.copytree(ner_model, tmp_path / "model"))
    described = json.loads((folder / "tokenizer.json").read_text())
    described["pre_tokenizer"] = {
        "type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False,
    }  # fmt: skip
    described["model"]["vocab"] = {"a": 0}
    (folder / "tokenizer.json").write_text(json.dumps(described))
    run = submit(maker, publish(maker, folder), ner)
    work()
    run.refresh_from_db()
    assert run.state == "failed"
    assert run.failure.startswith("member.")


def test_a_revision_is_entered_once(maker, publish, submit, work, ner, ner_model: Path) -> None:
    """Resubmitting fishes for nothing: the same revision has one result."""
    repo = publish(maker, ner_model)
    first = submit(maker, repo, ner)
    assert submit(maker, repo, ner) == first
    work()
    assert submit(maker, repo, ner, rev=first.submission.revision) == first
    assert first.submission.runs.count() == 1


def test_a_branch_that_moves_on_changes_nothing(
    maker, publish, submit, work, ner, ner_model: Path
) -> None:
    from models_registry import revisions

    repo = publish(maker, ner_model)
    run = submit(maker, repo, ner)
    revisions.commit(
        repo, author=maker, summary="Break it",
        operations=[revisions.AddFile("config.json", b"{}")],
    )  # fmt: skip
    work()
    run.refresh_from_db()
    assert run.state == "done", run.failure_text
    assert run.submission.revision != repo.head_oid


def test_an_outsider_cannot_submit_what_they_cannot_write(
    maker, outsider, publish, submit, ner, ner_model: Path
) -> None:
    repo = publish(maker, ner_model)
    with pytest.raises(Forbidden):
        submit(outsider, repo, ner)
    hidden = publish(maker, ner_model, name="hidden", visibility="private")
    with pytest.raises(Missing):
        submit(outsider, hidden, ner)


def test_without_a_base_the_refusal_says_what_to_write(
    maker, publish, submit, ner, ner_model: Path
) -> None:
    from finetuning.submissions.submitting import NoBase

    repo = publish(maker, ner_model, card="# A model\n")
    with pytest.raises(NoBase, match="base_model"):
        submit(maker, repo, ner)
    assert submit(maker, repo, ner, base="acme/base").submission.base_name == "acme/base"


def test_consent_is_asked_when_the_worker_runs(
    maker, publish, submit, work, ner, ner_model: Path, monkeypatch
) -> None:
    from models_registry import gate

    run = submit(maker, publish(maker, ner_model), ner)

    def withdrawn(actor, repo):
        raise gate.Gated("Accept the licence first.", signed_in=True)

    monkeypatch.setattr(gate, "check", withdrawn)
    work()
    run.refresh_from_db()
    assert (run.state, run.failure) == ("failed", "member.refused")
    assert "Accept the licence" in run.failure_text


def test_where_no_sandbox_works_nothing_is_taken(
    maker, publish, submit, ner, ner_model: Path, monkeypatch, settings
) -> None:
    from django.core.checks import run_checks

    from finetuning import sandbox
    from finetuning.submissions.submitting import EvaluationOff

    repo = publish(maker, ner_model)
    monkeypatch.setattr(sandbox.mechanisms, "candidates", lambda: [])
    sandbox.probe_all.cache_clear()
    try:
        with pytest.raises(EvaluationOff):
            submit(maker, repo, ner)
        assert "finetuning.W001" in {found.id for found in run_checks(tags=["evaluation"])}
        settings.EVALUATION_ON = False
        assert run_checks(tags=["evaluation"]) == []
    finally:
        sandbox.probe_all.cache_clear()


def test_a_device_that_does_not_work_is_our_fault(
    ner_data: formats.Data, ner_model: Path, tmp_path: Path
) -> None:
    """Said before the model is loaded: the run is retried, and nobody's model is blamed."""
    from finetuning import sandbox
    from finetuning.evaluation import results, steps

    items = tmp_path / "items.jsonl"
    items.write_bytes(formats.lines(ner_data.items))
    job = {"task": formats.TOKENS, "budget": 512, "window": 512, "device": "meta-gpu"}
    task = steps.predict(tmp_path, model=ner_model, items=items, job=job)
    outcome = sandbox.run(task)
    with pytest.raises(results.PlatformFault, match="meta-gpu does not work"):
        results.require_ok(outcome, task.outputs["record"])


def test_labels_never_enter_the_predicting_process(tmp_path: Path) -> None:
    """Scenario 14."""
    from finetuning.evaluation import steps

    task = steps.predict(
        tmp_path, model=tmp_path / "model", items=tmp_path / "items", job={"task": "x"}
    )
    assert set(task.inputs) == {"model", "items", "job"}


@pytest.mark.slow
def test_budgets_change_no_label(ner_data: formats.Data, ner_model: Path, tmp_path: Path) -> None:
    """Scenario 17: in fp32 the labels are the same whatever the batches; each plan has its hash."""
    from finetuning import sandbox
    from finetuning.evaluation import steps

    items = tmp_path / "items.jsonl"
    items.write_bytes(formats.lines(ner_data.items))
    said, plans = set(), set()
    for budget in (512, 1024, 4096):
        folder = tmp_path / str(budget)
        folder.mkdir()
        job = {"task": formats.TOKENS, "budget": budget, "window": 512}
        task = steps.predict(folder, model=ner_model, items=items, job=job)
        outcome = sandbox.run(task)
        assert outcome.ok, outcome.said
        said.add(task.outputs["predictions"].read_bytes())
        plans.add(json.loads(task.outputs["record"].read_text())["plan"]["sha256"])
    assert len(said) == 1
    assert len(plans) == 3
