"""The page of a job: who sees it, and how it follows the work."""

import pytest

from portal import jobs
from portal.jobs import running

NOTE = "tests.support.deeds.note"


@pytest.fixture
def job(maker):
    return jobs.enqueue(NOTE, "one", by=maker)


def test_its_creator_and_staff_see_it_and_nobody_else_can_tell_it_exists(
    sign_in, job, maker, moderator, outsider
):
    address = f"/jobs/{job.uuid}"
    missing = "/jobs/00000000-0000-4000-8000-000000000000"
    assert sign_in(maker).get(address).status_code == 200
    assert sign_in(moderator).get(address).status_code == 200
    stranger = sign_in(outsider)
    assert stranger.get(address).status_code == stranger.get(missing).status_code == 404


def test_the_moving_part_answers_304_until_something_moves_and_then_stops(sign_in, job, maker):
    client, address = sign_in(maker), f"/jobs/{job.uuid}/progress"
    first = client.get(address)
    same = client.get(address, headers={"if-none-match": first["ETag"]})
    assert same.status_code == 304
    running.execute(job.pk)
    ended = client.get(address, headers={"if-none-match": first["ETag"]})
    assert ended.status_code == 200
    assert ended["X-Poll"] == "stop"


def test_its_creator_cancels_it(sign_in, job, maker, outsider):
    address = f"/jobs/{job.uuid}/cancel"
    assert sign_in(outsider).post(address).status_code == 404
    assert sign_in(maker).post(address).status_code == 302
    job.refresh_from_db()
    assert job.state == "cancelled"
