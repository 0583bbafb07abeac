"""A fine-tune beside its base model: on the same rows, from counts, in the scorer's own process."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest

from finetuning.benchmarks import formats
from finetuning.evaluation import comparing, states, steps
from finetuning.evaluation.models import EvaluationReport
from portal.access import Actor
from tests.finetuning.pages.test_pages import entered, finish

__all__ = ["entered"]
pytestmark = pytest.mark.usefixtures("db")


def scored(folder: Path, data: formats.Data, share: float, base: Path | None = None) -> dict:
    """Score predictions of which a share is right, in the sandbox; return the result."""
    from finetuning import sandbox

    folder.mkdir()
    gold = folder / "gold.jsonl"
    gold.write_bytes(formats.lines(data.gold))
    random = np.random.default_rng(0)
    right = [data.labels.index(tag) for row in data.gold for tag in row["tags"]]
    said = [tag if random.random() < share else 0 for tag in right]
    (folder / "said").write_bytes(np.array(said, dtype="<i2").tobytes())
    job = {"task": data.task, "labels": list(data.labels), "resamples": 200, "seed": 0}
    job["classes"] = list(range(len(data.labels)))
    task = steps.score(folder, gold=gold, predictions=folder / "said", job=job, base=base)
    outcome = sandbox.run(task)
    assert outcome.ok, outcome.said
    found: dict = json.loads((folder / "result").read_text())
    return found


def test_the_scorer_compares_with_the_bases_counts(
    ner_data: formats.Data, tmp_path: Path, entered
) -> None:
    assert "against_base" not in scored(tmp_path / "base", ner_data, 0.5)
    base = entered("base", None)
    keep_counts(base, tmp_path / "base" / "counts")
    laid = comparing.counts_of(base, tmp_path / "laid")
    found = scored(tmp_path / "better", ner_data, 0.9, laid)
    headline = found["against_base"][0]
    assert headline["metric"] == "entity_f1"
    assert 0 < headline["low"] < headline["value"] < headline["high"]
    kept = comparing.kept(base, found["against_base"])
    assert kept["run"] == str(base.uuid)
    other = tmp_path / "other"
    other.write_bytes(bytes(24))
    assert scored(tmp_path / "misfit", ner_data, 0.9, other)["against_base"] == []


def keep_counts(run, path: Path) -> None:
    EvaluationReport.objects.create(
        run=run, labels={}, support=1, units=1, classes=[], predictions=b"", columns=3,
        counts=zlib.compress(path.read_bytes()),
    )  # fmt: skip


def test_the_base_is_its_newest_public_score_on_the_same_data(
    entered, maker, submit, publish, define, ner, ner_data, ner_model
) -> None:
    base = entered("base", 0.3)
    mine = submit(maker, publish(maker, ner_model, name="mine"), ner, base="maker/base")
    assert comparing.base_run(mine.submission) == base
    other = define(ner_data, slug="other")
    elsewhere = submit(maker, mine.submission.repo, other, base="maker/base")
    assert comparing.base_run(elsewhere.submission) is None
    hidden = entered("hidden", 0.9, visibility="private")
    from_hidden = publish(maker, ner_model, name="from-hidden")
    run = submit(maker, from_hidden, ner, base=hidden.submission.repo.full_name)
    assert comparing.base_run(run.submission) is None


def test_the_page_shows_the_comparison_to_who_may_see_the_base(
    entered, maker, submit, publish, ner, ner_model, client, monkeypatch
) -> None:
    base = entered("base", 0.3)
    mine = submit(maker, publish(maker, ner_model, name="mine"), ner, base="maker/base")
    alone = client.get(base.get_absolute_url()).content.decode()
    assert "nothing to compare with" in alone
    rows = [{"metric": "entity_f1", "value": 0.1, "low": 0.06, "high": 0.14},
            {"metric": "entity_recall", "value": -0.01, "low": -0.03, "high": 0.01}]  # fmt: skip
    create = states.EvaluationReport.objects.create
    against = {"against_base": {"run": str(base.uuid), "differences": rows}}
    monkeypatch.setattr(
        states.EvaluationReport.objects, "create", lambda **given: create(**given | against)
    )
    finish(mine, 0.4)
    page = client.get(mine.get_absolute_url()).content.decode()
    for wanted in ("+0.1000", "0.0600 – 0.1400", "better", "not told apart", "/maker/base"):
        assert wanted in page, wanted
    facts = client.get(f"/api/v1/runs/{mine.uuid}").json()["against_base"]
    assert facts["base"] == "maker/base"
    assert [row["verdict"] for row in facts["differences"]] == ["better", "open"]
    type(base.submission.repo).objects.filter(pk=base.submission.repo_id).update(
        visibility="private"
    )
    assert "maker/base" not in client.get(mine.get_absolute_url()).content.decode()
    assert client.get(f"/api/v1/runs/{mine.uuid}").json()["against_base"] is None
    assert comparing.shown(EvaluationReport.objects.get(run=mine), Actor(maker)) is not None


def test_lower_is_better_where_it_is() -> None:
    loss = comparing.Metric.CROSS_ENTROPY
    assert comparing.Difference(loss, -0.2, -0.3, -0.1).verdict == "better"
    assert comparing.Difference(loss, 0.2, 0.1, 0.3).verdict == "worse"
    assert comparing.Difference(loss, 0.1, -0.1, 0.3).verdict == "open"


def test_what_a_failed_process_said_is_behind_the_gate(
    entered, client, sign_in, maker, outsider
) -> None:
    run = entered("tiny", None)
    repo = run.submission.repo
    type(repo).objects.filter(pk=repo.pk).update(gated="manual")
    states.fail(run, "member.crashed", "layer.secret-name is odd")
    paths = [
        run.get_absolute_url(),
        f"{run.get_absolute_url()}/progress",
        f"/api/v1/runs/{run.uuid}",
    ]
    for path in paths:
        assert b"secret-name" in sign_in(maker).get(path).content
        for visitor in (client, sign_in(outsider)):
            assert b"secret-name" not in visitor.get(path).content, path
