"""Claim, lease, fence, cancel and ends of a job, in one process."""

import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from portal import events, jobs
from portal.clock import db_now, shifted
from portal.errors import NotNow
from portal.events.models import Event
from portal.jobs import jobs as jobs_room
from portal.jobs import running
from portal.jobs.models import Job
from portal.jobs.sweep import sweep_expired
from tests.support.deeds import effects

pytestmark = pytest.mark.db
NOTE = "tests.support.deeds.note"
AFTER_LEASE = dt.timedelta(seconds=91)


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    """These tests deliver by hand: `execute(pk)` is what a message does."""
    monkeypatch.setattr("portal.jobs.broker.send", lambda *args, **kwargs: False)
    monkeypatch.setattr("portal.jobs.broker.revoke", lambda task_id: None)


def queued(name: str = NOTE, key: str = "one", **payload: object) -> Job:
    return jobs.enqueue(name, key, payload)


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


# --- writing ------------------------------------------------------------------------------------
def test_asking_twice_makes_one_job(db):
    assert queued().pk == queued().pk
    assert queued(key="two").pk != queued().pk


def test_a_key_is_free_again_when_its_job_has_ended(db):
    first = queued()
    running.execute(first.pk)
    assert queued().pk != first.pk


def test_a_rolled_back_deed_leaves_no_job(committed_db):
    with pytest.raises(RuntimeError), transaction.atomic():
        queued()
        raise RuntimeError
    assert not Job.objects.exists()


def test_an_unknown_handler_is_refused_with_the_deed(db):
    with pytest.raises(LookupError, match="no job handler"):
        jobs.enqueue("tests.support.deeds.missing", "one")
    with pytest.raises(LookupError, match="mark the function"):
        jobs.enqueue("tests.support.deeds.effects", "one")


def test_the_handler_names_queue_lease_and_attempts(db):
    job = queued("tests.support.deeds.short_lease")
    assert (job.queue, job.lease_seconds, job.max_attempts) == ("cpu", 2, 3)


def test_racing_deeds_make_one_job(committed_db):
    def enqueue() -> int:
        try:
            return queued().pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        keys = {future.result() for future in [pool.submit(enqueue) for _ in range(16)]}
    assert len(keys) == 1
    assert Job.objects.count() == 1


# --- claiming -----------------------------------------------------------------------------------
def test_a_duplicate_delivery_is_a_no_op(db):
    job = queued()
    for _ in range(3):
        running.execute(job.pk)
    assert effects() == {f"job:{job.uuid}": 1}
    assert fresh(job).attempts == 1


def test_a_running_job_is_not_claimed_again(db):
    job = queued()
    assert running.claim(job.pk) is not None
    assert running.claim(job.pk) is None


def test_of_many_claims_at_once_one_wins(committed_db):
    job = queued()
    barrier = threading.Barrier(8)

    def claim() -> bool:
        try:
            barrier.wait()
            return running.claim(job.pk) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        won = [future.result() for future in [pool.submit(claim) for _ in range(8)]]
    assert won.count(True) == 1
    assert fresh(job).attempts == 1


def test_a_job_is_not_claimed_before_its_time(db):
    job = jobs.enqueue(NOTE, "later", delay=60)
    running.execute(job.pk)
    assert fresh(job).state == "queued"
    with shifted(dt.timedelta(seconds=61)):
        running.execute(job.pk)
    assert fresh(job).state == "done"


def test_a_job_whose_worker_is_dead_is_claimed_before_its_lease_ends(db):
    job = queued()
    run = running.claim(job.pk)
    host, _pid, started = run.job.worker.split("/")
    Job.objects.filter(pk=job.pk).update(worker=f"{host}/999999999/{started}")
    assert running.claim(job.pk).attempt == 2


# --- fencing ------------------------------------------------------------------------------------
def test_a_zombies_writes_are_refused(db):
    job = queued()
    zombie = running.claim(job.pk)
    with shifted(AFTER_LEASE):
        heir = running.claim(job.pk)
        assert heir.attempt == 2
        for write in (
            lambda: zombie.progress(1, 1),
            lambda: zombie.finish({"by": "zombie"}),
        ):
            with pytest.raises(jobs.LeaseLost):
                write()
        heir.finish({"by": "heir"})
    assert fresh(job).result == {"by": "heir"}


def test_a_zombies_effects_are_rolled_back(committed_db):
    job = queued()
    zombie = running.claim(job.pk)
    with shifted(AFTER_LEASE):
        assert running.claim(job.pk) is not None
        with pytest.raises(jobs.LeaseLost), zombie.fenced():
            events.record("test:deed:done", subject=f"job:{job.uuid}")
    assert not Event.objects.exists()


def test_while_a_fenced_transaction_commits_nobody_can_claim(committed_db):
    """The heir's claim waits for the commit, finds the lease renewed, and gets nothing."""
    job = queued()
    run = running.claim(job.pk)
    claimed: list[running.Run | None] = []

    def claim() -> None:
        with shifted(dt.timedelta(0)):
            claimed.append(running.claim(job.pk))
        connection.close()

    Job.objects.filter(pk=job.pk).update(lease_until=db_now() - dt.timedelta(seconds=1))
    heir = threading.Thread(target=claim)
    with transaction.atomic():
        with run.fenced():
            events.record("test:deed:done", subject=f"job:{job.uuid}")
        heir.start()
        time.sleep(0.3)
    heir.join()
    assert claimed == [None]
    assert fresh(job).attempts == 1


def test_a_late_end_changes_nothing(db):
    job = queued()
    zombie = running.claim(job.pk)
    with shifted(AFTER_LEASE):
        heir = running.claim(job.pk)
        running.settle(zombie, state="failed", error="by the zombie")
        running.settle(heir, state="done", result={})
    assert (fresh(job).state, fresh(job).error) == ("done", "")


def test_the_heartbeat_keeps_a_long_job(committed_db):
    job = queued("tests.support.deeds.short_lease", seconds=3)
    thread = threading.Thread(target=lambda: (running.execute(job.pk), connection.close()))
    thread.start()
    time.sleep(2.5)
    assert running.claim(job.pk) is None
    assert sweep_expired() == 0
    thread.join()
    assert fresh(job).state == "done"
    assert fresh(job).attempts == 1


# --- ends ---------------------------------------------------------------------------------------
def test_the_database_keeps_a_job_ended(db):
    job = queued()
    running.execute(job.pk)
    with pytest.raises(IntegrityError, match="stays as it ended"), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state="queued")


def test_the_database_keeps_the_fencing_token(db):
    job = queued()
    running.claim(job.pk)
    with pytest.raises(IntegrityError, match="only grow"), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(attempts=0)


def test_an_own_fault_fails_at_once_with_its_reason(db):
    job = queued("tests.support.deeds.own_fault")
    running.execute(job.pk)
    assert (fresh(job).state, fresh(job).error) == ("failed", "ValueError: seven is not even")


@pytest.mark.parametrize("fault", ["platform_fault", "database_fault"])
def test_a_platform_fault_is_tried_again_then_fails_with_its_reason(db, fault):
    job = queued(f"tests.support.deeds.{fault}")
    running.execute(job.pk)
    waiting = fresh(job)
    assert waiting.state == "queued"
    assert waiting.run_after > db_now()
    with shifted(dt.timedelta(minutes=5)):
        running.execute(job.pk)
    assert fresh(job).state == "failed"
    assert "attempt 2, the last" in fresh(job).error


def test_an_orderly_stop_gives_the_job_back_uncounted(db):
    job = queued("tests.support.deeds.stopped")
    for stop in range(1, 6):
        with pytest.raises(SystemExit):
            running.execute(job.pk)
        assert (fresh(job).state, fresh(job).interruptions) == ("queued", stop)


def test_a_poison_job_fails_with_its_reason(db):
    job = queued()
    for attempt in range(1, 4):
        with shifted(AFTER_LEASE * attempt * 2):
            assert running.claim(job.pk).attempt == attempt
        with shifted(AFTER_LEASE * (attempt * 2 + 1)):
            assert sweep_expired() == 1
    assert fresh(job).state == "failed"
    assert "disappeared in each of 3 attempts" in fresh(job).error


# --- cancel -------------------------------------------------------------------------------------
def test_a_waiting_job_is_cancelled_at_once(db, maker):
    job = jobs.cancel(queued(), by=maker)
    assert job.state == "cancelled"
    running.execute(job.pk)
    assert not effects()
    assert Event.objects.get(kind="portal:job:cancelled").actor == maker


def test_a_running_job_is_cancelled_at_its_next_check(committed_db):
    job = queued("tests.support.deeds.waits_for_cancel")
    thread = threading.Thread(target=lambda: (running.execute(job.pk), connection.close()))
    thread.start()
    while fresh(job).state == "queued":
        time.sleep(0.01)
    began = time.monotonic()
    jobs.cancel(job)
    thread.join()
    assert fresh(job).state == "cancelled"
    assert time.monotonic() - began < 5


def test_a_cancelled_job_whose_worker_died_is_not_run_again(db):
    job = queued()
    running.claim(job.pk)
    jobs.cancel(job)
    with shifted(AFTER_LEASE):
        assert running.claim(job.pk) is None
        sweep_expired()
    assert fresh(job).state == "cancelled"


def test_an_ended_job_cannot_be_cancelled(db):
    job = queued()
    running.execute(job.pk)
    with pytest.raises(NotNow):
        jobs.cancel(job)


# --- progress -----------------------------------------------------------------------------------
def test_progress_is_written_at_most_twice_a_second_but_always_at_the_end(
    db, django_assert_max_num_queries
):
    run = running.claim(queued().pk)
    with django_assert_max_num_queries(4):
        for step in range(1, 201):
            run.progress(step, 200, phase="reading")
    assert fresh(run.job).progress == {"done": 200, "total": 200, "phase": "reading"}


def test_jobs_that_ended_long_ago_are_forgotten_and_live_ones_never(db):
    ended, waiting = queued(), queued(key="waits")
    running.execute(ended.pk)
    for age, left in ((jobs_room.KEPT - dt.timedelta(days=1), 2), (jobs_room.KEPT, 1)):
        with shifted(age + dt.timedelta(minutes=1)):
            sweeper = queued("portal.jobs.jobs.forget_ended", key=f"after {age}")
            running.execute(sweeper.pk)
            Job.objects.filter(pk=sweeper.pk).delete()
        assert Job.objects.count() == left
    assert Job.objects.get() == waiting
