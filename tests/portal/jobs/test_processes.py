"""Jobs over real Celery processes and a real broker, killed with -9 where it hurts."""

import os
import subprocess
import sys
import time

import kombu.pools
import pytest
from django.conf import settings

from portal import jobs
from portal.jobs import broker, outbox
from portal.jobs.models import Job
from tests.support.deeds import effects, not_ended_once
from tests.support.work import ROOT, Work, kill, until, working

pytestmark = pytest.mark.db
NOTE = "tests.support.deeds.note"


@pytest.fixture
def work(committed_db, settings, monkeypatch):
    """A running broker; this process publishes to it too."""
    monkeypatch.setattr(outbox, "_rest_until", 0.0)  # the broker of another test was away
    with working(committed_db) as running:
        settings.BROKER_URL = running.url
        app = broker.app()
        app.conf.broker_url = running.url
        app._pool = app.amqp._producer_pool = None  # connections to the broker of another test
        kombu.pools.reset()
        running.broker()
        yield running


def all_ended(name: str = NOTE) -> bool:
    return not Job.objects.filter(name=name, state__in=["queued", "running"]).exists()


@pytest.mark.chaos
def test_killed_between_commit_and_publish_no_job_is_lost(work: Work):
    """The deed's process dies in the first on_commit hook: 20 of 20 jobs are done all the same."""
    code = f"""
import os
from django.db import transaction
from portal import jobs
with transaction.atomic():
    transaction.on_commit(lambda: os._exit(137))
    jobs.enqueue({NOTE!r}, "KEY")
"""
    forks = f"""
import os
for number in range(20):
    pid = os.fork()
    if pid == 0:
        exec({code!r}.replace("KEY", f"job {{number}}"))
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 137
"""
    assert work.python(forks) == 0
    assert Job.objects.filter(state="queued", published_at=None).count() == 20
    assert broker.waiting("default") == 0
    work.worker()
    work.beat()
    assert until(all_ended, 60), work.log("w")[-2000:]
    assert not_ended_once() == []
    assert len(effects()) == 20


def test_a_published_job_runs_without_any_beat(work: Work):
    work.worker()
    job = jobs.enqueue(NOTE, "one")
    assert until(all_ended, 40), work.log("w")[-2000:]
    assert Job.objects.get(pk=job.pk).attempts == 1


@pytest.mark.chaos
def test_a_killed_workers_job_goes_on_at_another_at_once(work: Work):
    first = work.worker(concurrency=1)
    job = jobs.enqueue(NOTE, "long", {"seconds": 3})
    assert until(lambda: Job.objects.get(pk=job.pk).state == "running", 40), work.log("w")[-2000:]
    kill(first)
    work.worker(concurrency=1)
    work.beat()
    assert until(all_ended, 45), work.log("w")[-2000:]
    assert not_ended_once() == []
    assert Job.objects.get(pk=job.pk).attempts == 2


@pytest.mark.chaos
def test_a_job_that_kills_its_worker_fails_with_its_reason(work: Work):
    work.worker(concurrency=1)
    work.beat()
    job = jobs.enqueue("tests.support.deeds.poison", "bad")
    good = jobs.enqueue(NOTE, "good")
    assert until(lambda: Job.objects.get(pk=job.pk).state == "failed", 90), work.log("w")[-2000:]
    assert "disappeared in each of 3 attempts" in Job.objects.get(pk=job.pk).error
    assert until(lambda: Job.objects.get(pk=good.pk).state == "done", 20)


def test_a_running_job_is_cancelled(work: Work):
    work.worker(concurrency=1)
    job = jobs.enqueue("tests.support.deeds.waits_for_cancel", "one")
    assert until(lambda: Job.objects.get(pk=job.pk).state == "running", 40), work.log("w")[-2000:]
    jobs.cancel(job)
    assert until(lambda: Job.objects.get(pk=job.pk).state == "cancelled", 10)


def test_a_deed_does_not_wait_for_a_broker_that_is_away(work: Work):
    kill(work.children[0])
    started = time.monotonic()
    job = jobs.enqueue(NOTE, "one")
    assert time.monotonic() - started < 1  # kombu would ask for two seconds
    assert Job.objects.get(pk=job.pk).published_at is None
    work.broker()
    work.worker()
    work.beat()
    assert until(all_ended, 60), work.log("beat")[-2000:]
    assert not_ended_once() == []


def test_what_the_broker_forgot_is_published_again(work: Work):
    for number in range(5):
        jobs.enqueue(NOTE, f"job {number}")
    assert broker.waiting("default") == 5
    with broker.app().connection_for_write() as connection, connection.channel() as channel:
        broker.app().amqp.queues["default"](channel).purge()
    work.worker()
    work.beat()
    assert until(all_ended, 60), work.log("beat")[-2000:]
    assert not_ended_once() == []


def test_a_pickle_message_is_rejected_and_the_worker_lives_on(work: Work, tmp_path):
    marker = tmp_path / "executed"

    class Bomb:
        def __reduce__(self):
            return os.system, (f"touch {marker}",)

    work.worker(concurrency=1)
    from kombu import serialization

    serialization.enable_insecure_serializers(["pickle"])
    try:
        broker.app().send_task(
            broker.TASK, args=[Bomb()], queue="default", serializer="pickle", retry=False
        )
    finally:
        serialization.disable_insecure_serializers()
    job = jobs.enqueue(NOTE, "after the bomb")
    assert until(lambda: Job.objects.get(pk=job.pk).state == "done", 40), work.log("w")[-2000:]
    assert "ContentDisallowed" in work.log("w") or "untrusted content" in work.log("w")
    assert not marker.exists()


def test_two_beats_fire_each_periodic_job_once(work: Work):
    work.beat()
    work.beat()
    assert until(lambda: "stand by" in work.log("beat"), 40), work.log("beat")[-2000:]
    assert until(lambda: "this beat is at work" in work.log("beat"), 20)
    assert work.log("beat").count("this beat is at work") == 1
    assert until(lambda: Job.objects.filter(key="periodic").exists(), 20)
    names = list(Job.objects.filter(key="periodic").values_list("name", flat=True))
    assert len(names) == len(set(names))


@pytest.mark.chaos
def test_when_a_beat_is_killed_the_other_takes_over(work: Work):
    first = work.beat()
    assert until(lambda: "this beat is at work" in work.log("beat"), 40)
    work.beat()
    assert until(lambda: "stand by" in work.log("beat"), 40)
    kill(first)
    assert until(lambda: work.log("beat").count("this beat is at work") == 2, 20)


@pytest.mark.parametrize("role", ["worker", "beat"])
@pytest.mark.parametrize("url", ["sqla+sqlite:///jobs.db", "filesystem://", "memory://"])
def test_an_unfit_broker_is_refused_at_start_with_the_reason(url, role):
    words = [sys.executable, "-m", "celery", "-A", "portal.site.celery", role]
    env = {**os.environ, "COMMONHOLD_BROKER_URL": url, "COMMONHOLD_DATA": str(settings.DATA_DIR)}
    answer = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert answer.returncode != 0
    assert "Use Valkey, Redis or RabbitMQ" in answer.stdout + answer.stderr
