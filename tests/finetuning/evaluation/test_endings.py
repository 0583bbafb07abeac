"""How runs end before their time: limits, cancel, dead workers, flood; and what pages then say."""

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from finetuning.evaluation import states, steps
from portal.clock import db_now


def ended(run):
    run.refresh_from_db()
    return run.state, run.failure


@pytest.mark.usefixtures("db")
def test_past_the_wall_limit_the_run_fails_and_the_next_one_starts(
    maker, publish, submit, work, ner, ner_model: Path, monkeypatch, sign_in
) -> None:
    """Scenario 10."""
    run = submit(maker, publish(maker, ner_model), ner)
    monkeypatch.setattr(steps, "PREDICT_LIMITS", replace(steps.PREDICT_LIMITS, wall_s=0.3))
    predict = steps.predict
    monkeypatch.setattr(
        steps, "predict", lambda *a, **k: predict(*a, **k, limits=steps.PREDICT_LIMITS)
    )
    work()
    assert ended(run) == ("failed", "member.timeout")
    monkeypatch.undo()
    again = submit(maker, run.submission.repo, ner)
    assert again != run
    monkeypatch.setattr("portal.jobs.broker.send", lambda *args, **kwargs: False)
    work()
    assert ended(again) == ("done", "")


@pytest.mark.usefixtures("db")
def test_a_memory_hog_fails_with_its_last_stage_and_peak(
    maker, publish, submit, work, ner, ner_model: Path, monkeypatch, sign_in
) -> None:
    """Scenario 11: the worker, which is this process, and the pages go on."""
    run = submit(maker, publish(maker, ner_model), ner)
    limits = replace(steps.PREDICT_LIMITS, memory_bytes=60_000_000)
    predict = steps.predict
    monkeypatch.setattr(steps, "predict", lambda *a, **k: predict(*a, **k, limits=limits))
    work()
    assert ended(run) == ("failed", "member.memory")
    assert run.peak_bytes > 60_000_000
    page = sign_in(maker).get(run.get_absolute_url()).content.decode()
    assert "more memory than a run may use" in page
    assert "Peak memory" in page


@pytest.mark.db
@pytest.mark.usefixtures("db")
def test_a_fault_of_ours_is_retried_and_in_the_end_said_as_ours(
    maker, publish, submit, ner, ner_model: Path, monkeypatch
) -> None:
    from finetuning.evaluation import collecting
    from portal.clock import shifted
    from portal.jobs import running

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    run = submit(maker, publish(maker, ner_model), ner)
    monkeypatch.setattr(collecting, "model_folder", full)
    for attempt in range(3):
        with shifted(dt.timedelta(hours=attempt)):
            running.execute(run.job.pk)
        run.refresh_from_db()
        run.job.refresh_from_db()
        assert run.attempt == attempt + 1
        assert run.job.state == ("failed" if attempt == 2 else "queued")
    assert ended(run) == ("failed", "platform.fault")


@pytest.mark.usefixtures("db")
def test_a_run_whose_job_was_lost_is_settled_as_our_fault(
    maker, publish, submit, ner, ner_model: Path
) -> None:
    from portal.jobs.models import Job

    run = submit(maker, publish(maker, ner_model), ner)
    assert states.settle_lost() == 0
    Job.objects.filter(pk=run.job.pk).update(state="running", attempts=1, lease_until=db_now())
    Job.objects.filter(pk=run.job.pk).update(
        state="failed", error="lost", ended_at=db_now(), lease_until=None
    )
    assert states.settle_lost() == 1
    assert ended(run) == ("failed", "platform.fault")


@pytest.mark.db
@pytest.mark.usefixtures("db")
def test_progress_never_goes_back(maker, publish, submit, ner, ner_model: Path) -> None:
    """Scenario 15: what comes out of order is dropped."""
    run = submit(maker, publish(maker, ner_model), ner)
    states.start(run, 1)
    steps_taken = [
        ("loading", 0, 1, True), ("predicting", 5, 10, True), ("predicting", 3, 10, False),
        ("loading", 1, 1, False), ("predicting", 5, 10, False), ("predicting", 9, 10, True),
        ("nonsense", 1, 1, False), ("scoring", 0, 1, True), ("predicting", 10, 10, False),
    ]  # fmt: skip
    sequence = 0
    for phase, done, total, taken in steps_taken:
        assert states.advance(run, 1, phase, done, total) is taken
        run.refresh_from_db()
        assert run.sequence >= sequence
        sequence = run.sequence
    assert (run.phase, run.done) == ("scoring", 0)


@pytest.mark.db
@pytest.mark.usefixtures("db")
def test_an_attempt_that_lost_the_run_writes_nothing(
    maker, publish, submit, ner, ner_model: Path
) -> None:
    run = submit(maker, publish(maker, ner_model), ner)
    states.start(run, 1)
    states.start(run, 2)
    assert not states.advance(run, 1, "predicting", 5, 10)
    assert not states.fail(run, "member.crashed", "late", attempt=1)
    with pytest.raises(states.Superseded):
        states.start(run, 2)
    with pytest.raises(states.Superseded):
        states.finish(run, 1, states.Findings("", 0, "", {}, [], {}))
    assert ended(run) == ("running", "")


@pytest.mark.db
@pytest.mark.usefixtures("db")
def test_the_database_keeps_scores_and_ended_runs(
    maker, publish, submit, ner, ner_model: Path
) -> None:
    from django.db import DatabaseError, transaction

    from finetuning.models import EvaluationRun, Score

    run = submit(maker, publish(maker, ner_model), ner)
    score = Score.objects.create(
        run=run, metric="entity_f1", split="test", value=0.1, low=0.0, high=0.2
    )
    states.fail(run, "member.crashed", "it fell")
    for change in (
        lambda: Score.objects.filter(pk=score.pk).update(value=0.9),
        lambda: EvaluationRun.objects.filter(pk=run.pk).update(state="done"),
        lambda: type(ner).objects.filter(pk=ner.pk).update(data_sha256="0" * 64),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.db
def test_two_submissions_at_once_make_one_run(
    committed_db, maker, publish, submit, ner, ner_model: Path
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    repo = publish(maker, ner_model)

    def enter(_: int) -> int:
        try:
            return int(submit(maker, repo, ner).pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(enter, range(12)))) == 1


# Loads for ever: without the cancel it would outlive every deadline of the test.
ENDLESS = """
import os, sys, time
progress = int(sys.argv[sys.argv.index("--progress") + 1])
os.write(progress, b'{"phase": "loading", "done": 0, "total": 1}\\n')
time.sleep(3600)
"""


@pytest.mark.db
def test_cancel_while_loading_ends_the_process(
    committed_db, maker, publish, submit, ner, ner_model: Path, sign_in, monkeypatch
) -> None:
    """Scenario 13: the process is gone at the next look, the row says by whom.

    Within a second on a machine of its own (benchmarks/ has the figure).
    """
    from django.db import connection

    from finetuning.sandbox import tree
    from portal.jobs import running

    predict = steps.predict
    monkeypatch.setattr(
        steps, "predict", lambda *a, **k: replace(predict(*a, **k), arguments=("-c", ENDLESS))
    )
    run = submit(maker, publish(maker, ner_model), ner)
    client = sign_in(maker)
    before = set(tree.children(os.getpid()))  # servers that other tests of this process share

    def worker() -> None:
        try:
            running.execute(run.job.pk)
        finally:
            connection.close()

    thread = threading.Thread(target=worker)
    thread.start()
    wait_for(lambda: phase(run) == "loading", within=120)
    assert set(tree.children(os.getpid())) - before
    assert client.post(f"{run.get_absolute_url()}/cancel").status_code == 302
    wait_for(lambda: set(tree.children(os.getpid())) <= before, within=60)
    thread.join(timeout=60)
    assert ended(run) == ("cancelled", "")
    assert run.cancelled_by == maker
    run.job.refresh_from_db()
    assert run.job.state == "cancelled"
    assert "Cancelled by maker" in client.get(run.get_absolute_url()).content.decode()


@pytest.mark.db
@pytest.mark.chaos
def test_a_worker_killed_in_the_middle_is_replaced_and_one_result_stands(
    committed_db, maker, publish, submit, work, ner, ner_model: Path
) -> None:
    """Scenario 12."""
    from portal.jobs import running

    run = submit(maker, publish(maker, ner_model), ner)
    program = (
        "import django; django.setup();"
        "import portal.jobs.broker as b; b.send = lambda *a, **k: False;"
        f"from portal.jobs import running; running.execute({run.job.pk})"
    )
    environment = os.environ | committed_db.env
    worker = subprocess.Popen([sys.executable, "-c", program], env=environment)
    wait_for(lambda: phase(run) in ("loading", "predicting"), within=60)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("running", 1)
    running.execute(run.job.pk)  # the message is delivered again; the dead worker is known as dead
    work()
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("done", 2)
    assert run.scores.count() == 3
    running.execute(run.job.pk)
    assert run.scores.count() == 3


def phase(run) -> str:
    run.refresh_from_db()
    return str(run.phase)


def wait_for(true, within: float = 60) -> None:
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
