"""While a run waits and after it ended: the queue, what a submitter is told, what can be found."""

import datetime as dt

import pytest
from django.test import Client

from finetuning.evaluation import queueing, states
from portal.clock import db_now, shifted
from tests.finetuning.pages.test_pages import entered, finish

__all__ = ["entered"]
pytestmark = pytest.mark.usefixtures("db")


def notices(person) -> list[tuple[str, str]]:
    from portal.notices.models import Notice

    found = Notice.objects.filter(person=person, kind__startswith="evaluation_").order_by("pk")
    return [(row.kind, row.subject) for row in found]


@pytest.mark.db
def test_a_waiting_run_says_how_many_are_before_it_and_about_how_long(
    entered, maker, sign_in
) -> None:
    first, second, third = (entered(name, None) for name in ("one", "two", "three"))
    assert queueing.place(third, db_now()) == queueing.Place(2, None)
    states.start(first, 1)
    with shifted(dt.timedelta(seconds=60)):
        finish_started(first)
        place = queueing.place(third, db_now())
        assert place is not None
        assert place.ahead == 1
        assert place.wait is not None
        assert place.wait.total_seconds() == pytest.approx(60, abs=5)
        states.start(second, 1)
    client = sign_in(maker)
    with shifted(dt.timedelta(seconds=80)):
        told = client.get(f"/api/v1/runs/{third.uuid}").json()["queue"]
        assert told["ahead"] == 1
        assert told["wait_s"] == pytest.approx(40, abs=5)
        assert "1 run is before it" in client.get(third.get_absolute_url()).content.decode()
        first_look = client.get(f"{third.get_absolute_url()}/progress")
        states.fail(second, "member.nan", "not finite", attempt=1)
        seen = {"If-None-Match": first_look["ETag"]}
        moved = client.get(f"{third.get_absolute_url()}/progress", headers=seen)
        assert moved.status_code == 200
        assert b"It is the next one" in moved.content
    assert queueing.place(first, db_now()) is None


def finish_started(run) -> None:
    """Let the time of the run pass that was started: `finish` starts anew."""
    type(run).objects.filter(pk=run.pk).update(attempt=0)
    began = run.__class__.objects.get(pk=run.pk).started_at
    finish(run, 0.4)
    type(run).objects.filter(pk=run.pk).update(started_at=began)


def test_the_submitter_is_told_how_it_ended(entered, maker, outsider) -> None:
    entered("good", 0.4)
    refused, fallen, ours = (entered(name, None) for name in ("bad", "nan", "lost"))
    states.fail(refused, "member.refused", "model.pkl is a pickle.")
    states.fail(fallen, "member.nan", "bert.weight holds NaN")
    states.fail(ours, "platform.fault", "OSError")
    told = notices(maker)
    assert told == [
        ("evaluation_scored", "maker/good is scored on Tiny: 0.4000"),
        ("evaluation_failed", "maker/bad was refused for Tiny"),
        ("evaluation_failed", "maker/nan could not be scored on Tiny"),
        ("evaluation_failed", "maker/lost could not be scored on Tiny"),
    ]
    states.cancel(entered("mine", None), maker)
    assert notices(maker) == told
    states.cancel(entered("theirs", None), outsider)
    assert len(notices(maker)) == len(told) + 1


def test_a_submitter_chooses_what_to_hear_and_hears_nothing_of_what_is_hidden_now(
    entered, maker, outsider
) -> None:
    from finetuning.models import Submission
    from portal.notices import choices
    from portal.notices.sending import Wish

    choices.choose(maker, {"evaluation_scored": Wish(False, False)})
    entered("quiet", 0.4)
    assert notices(maker) == []
    run = entered("hidden", None, visibility="private")
    Submission.objects.filter(pk=run.submission_id).update(submitted_by=outsider)
    run = type(run).objects.get(pk=run.pk)
    states.fail(run, "member.nan", "not finite")
    assert notices(outsider) == []


def test_own_submissions_stand_on_one_page(
    entered, maker, outsider, sign_in, client, django_assert_max_num_queries
) -> None:
    for number in range(4):
        entered(f"model{number}", 0.3)
    waiting = entered("waiting", None)
    signed_in = sign_in(maker)
    with django_assert_max_num_queries(8):
        page = signed_in.get("/submissions/").content.decode()
    assert page.count("maker/model") == 4
    assert waiting.get_absolute_url() in page
    empty = sign_in(outsider).get("/submissions/").content.decode()
    assert "You have not submitted a model yet" in empty
    assert client.get("/submissions/").status_code == 302


@pytest.mark.db
def test_benchmarks_are_found_and_lead_to_their_board(ner, client: Client) -> None:
    from portal import search

    assert "/leaderboards/tiny-ner/" in client.get("/search?q=tiny").content.decode()
    assert (
        "/leaderboards/tiny-ner/"
        in client.get("/search?q=entity_f1&kind=benchmark").content.decode()
    )
    assert search.rebuild(["benchmark"]) == 1


def test_the_board_as_csv(entered, client: Client) -> None:
    import csv

    for name, value in (("low", 0.30), ("top", 0.60)):
        entered(name, value)
    answer = client.get("/leaderboards/tiny-ner/table.csv")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(answer.content.decode().splitlines()))
    assert [row["model"] for row in rows] == ["maker/top", "maker/low"]
    assert float(rows[0]["entity_f1_low"]) == pytest.approx(0.58)
    assert rows[0]["rank_first"] == "1"
    assert client.get("/leaderboards/none/table.csv").status_code == 404


def test_a_formula_in_a_name_stays_text() -> None:
    from finetuning.leaderboards.views import plain

    assert plain("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert plain("maker/tiny") == "maker/tiny"


def test_a_private_base_is_named_to_nobody(
    maker, publish, submit, ner, ner_model, client, sign_in
) -> None:
    base = publish(maker, ner_model, name="cryptic-base", visibility="private")
    run = submit(maker, publish(maker, ner_model), ner, base=base.full_name)
    finish(run, 0.4)
    paths = ["/leaderboards/tiny-ner/", "/leaderboards/tiny-ner/table.csv",
             "/api/v1/leaderboards/tiny-ner", "/api/v1/submissions", f"/api/v1/runs/{run.uuid}",
             run.get_absolute_url(), run.submission.get_absolute_url()]  # fmt: skip
    for path in paths:
        assert b"cryptic-base" not in client.get(path).content, path
    base.delete()
    for path in paths:
        assert b"cryptic-base" not in client.get(path).content, path
