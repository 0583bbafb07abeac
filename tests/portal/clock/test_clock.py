"""One clock, the database's, and the one offset that moves it."""

import datetime as dt
import subprocess
import sys

import pytest

from portal.clock import OFFSET_VARIABLE, DbNow, db_now, shifted
from portal.people.models import Person
from tests.support.work import ROOT

pytestmark = pytest.mark.db
HOUR = dt.timedelta(hours=1)


def in_query() -> dt.datetime:
    return Person.objects.annotate(now=DbNow()).values_list("now", flat=True)[0]


@pytest.mark.parametrize("shift", [dt.timedelta(0), HOUR, -HOUR])
def test_a_query_and_python_read_the_same_clock(maker, shift):
    with shifted(shift):
        before, within, after = db_now(), in_query(), db_now()
    assert before <= within <= after
    assert within.utcoffset() == dt.timedelta(0)


def test_a_deadline_is_judged_inside_a_query(maker):
    Person.objects.update(standing_until=db_now() + HOUR)
    over = Person.objects.filter(standing_until__lt=DbNow())
    assert not over.exists()
    with shifted(2 * HOUR):
        assert over.exists()
    assert not over.exists()


def test_shifts_add_up_and_reach_child_processes(committed_db):
    code = "import django; django.setup(); from portal.clock import db_now; print(db_now())"
    with shifted(HOUR), shifted(HOUR):
        env = committed_db.env
        said = subprocess.run(
            [sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True
        )
        assert abs(dt.datetime.fromisoformat(said.stdout.strip()) - db_now()) < HOUR / 60


def test_a_shifted_clock_is_refused_in_public(settings, monkeypatch):
    from portal.clock import no_shifted_clock_in_public

    monkeypatch.setenv(OFFSET_VARIABLE, "3600")
    assert no_shifted_clock_in_public(None) == []
    settings.PUBLIC_URL = "https://weights.example.org"
    assert [found.id for found in no_shifted_clock_in_public(None)] == ["portal.E020"]
