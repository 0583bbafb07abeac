"""Pages and the API of boards, submissions and runs: what they show, to whom, and at what cost."""

import pytest
from django.test import Client

from finetuning.evaluation import states
from finetuning.evaluation.states import Findings
from portal.clock import db_now

pytestmark = pytest.mark.usefixtures("db")
LIST_QUERIES = 8


def finish(run, value: float, *, half: float = 0.02) -> None:
    """End a run with this headline; what predicting costs is tested elsewhere."""
    states.start(run, 1)
    scores = [
        {"metric": m, "value": value, "low": value - half, "high": value + half}
        for m in ("entity_f1", "entity_precision", "entity_recall")
    ]
    average = {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 9}
    rows = [average | {"label": label} for label in ("O", "B-person")]
    averages = dict.fromkeys(("micro", "micro_without_o", "macro", "weighted"), average)
    report = {
        "labels": {"rows": rows, "accuracy": 0.9, **averages},
        "entities": [average | {"label": "person"}],
        "support": 9, "units": 20, "classes": [0, 1], "columns": 3,
        "predictions": b"", "counts": b"",
    }  # fmt: skip
    environment = {
        "plan": {"batches": 3, "real_tokens": 100, "padded_tokens": 110, "sha256": "p" * 64},
        "device": "cpu (x86_64)", "dtype": "float32", "versions": {"torch": "2.13.0"},
        "times": {"predict_s": 1.5}, "runner_sha256": "r" * 64, "predict": {"mechanism": "bwrap"},
    }  # fmt: skip
    states.finish(run, 1, Findings("d" * 64, 22_000_000, "p" * 64, environment, scores, report))
    run.refresh_from_db()


@pytest.fixture
def entered(maker, publish, submit, ner, ner_model):
    """`entered(name, value)` publishes, submits and scores a model of `maker`."""

    def made(name: str = "tiny", value: float | None = 0.4, **options: object):
        run = submit(maker, publish(maker, ner_model, name=name, **options), ner)
        if value is not None:
            finish(run, value)
        return run

    return made


def test_the_board_ranks_by_intervals(entered, client: Client) -> None:
    for name, value in (("low", 0.30), ("middle", 0.40), ("near", 0.41), ("top", 0.60)):
        entered(name, value)
    page = client.get("/leaderboards/tiny-ner/").content.decode()
    order = [page.index(f"maker/{name}") for name in ("top", "near", "middle", "low")]
    assert order == sorted(order)
    rows = client.get("/api/v1/leaderboards/tiny-ner").json()["rows"]
    assert [row["rank"] for row in rows] == [[1, 1], [2, 3], [2, 3], [4, 4]]
    assert "0.580 – 0.620" in page


def test_the_newest_scored_revision_stands_on_the_board(
    entered, maker, submit, ner, client
) -> None:
    """Not the best of many tries."""
    from models_registry import revisions

    run = entered("tiny", 0.5)
    repo = run.submission.repo
    revisions.commit(
        repo, author=maker, operations=[revisions.AddFile("a.md", b"a")], summary="Next"
    )
    repo.refresh_from_db()
    finish(submit(maker, repo, ner), 0.3)
    rows = client.get("/api/v1/leaderboards/tiny-ner").json()["rows"]
    assert [row["scores"][0]["value"] for row in rows] == [0.3]
    assert rows[0]["revision"] != run.submission.revision


def test_lists_hold_their_query_ceiling(entered, client, django_assert_max_num_queries) -> None:
    for number in range(6):
        entered(f"model{number}", 0.3 + number / 100)
    for path in ("/leaderboards/", "/leaderboards/tiny-ner/", "/leaderboards/tiny-ner/benchmark"):
        with django_assert_max_num_queries(LIST_QUERIES):
            assert client.get(path).status_code == 200


def test_a_cheap_row_is_polled_with_an_etag(
    entered, maker, sign_in, django_assert_max_num_queries
) -> None:
    run = entered(value=None)
    states.start(run, 1)
    states.advance(run, 1, "predicting", 30, 120)
    client, path = sign_in(maker), f"{run.get_absolute_url()}/progress"
    first = client.get(path)
    assert b'value="30"' in first.content
    with django_assert_max_num_queries(5):
        again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    states.advance(run, 1, "predicting", 60, 120)
    moved = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert b'value="60"' in moved.content
    states.fail(run, "member.nan", "not finite", attempt=1)
    last = client.get(path, headers={"If-None-Match": moved["ETag"]})
    assert last["X-Poll"] == "reload"


@pytest.mark.db
def test_the_time_left_is_told_from_the_pace(entered) -> None:
    import datetime as dt

    from portal.clock import shifted

    run = entered(value=None)
    assert states.eta(run, db_now()) is None
    states.start(run, 1)
    states.advance(run, 1, "predicting", 0, 100)
    with shifted(dt.timedelta(seconds=30)):
        states.advance(run, 1, "predicting", 25, 100)
        run.refresh_from_db()
        left = states.eta(run, db_now())
    assert left is not None
    assert left.total_seconds() == pytest.approx(90, abs=2)


def test_the_run_page_shows_report_record_and_plan(entered, client) -> None:
    run = entered(value=0.4)
    page = client.get(run.get_absolute_url()).content.decode()
    for wanted in ("0.4000", "0.380 – 0.420", "B-person", "macro average", "weighted average",
                   "p" * 64, "torch 2.13.0", "bwrap", run.submission.revision[:12]):  # fmt: skip
        assert wanted in page


def test_only_writers_see_and_press_cancel(entered, maker, outsider, sign_in, client) -> None:
    run = entered(value=None)
    path = f"{run.get_absolute_url()}/cancel"
    assert path in sign_in(maker).get(run.get_absolute_url()).content.decode()
    assert path not in sign_in(outsider).get(run.get_absolute_url()).content.decode()
    assert sign_in(outsider).post(path).status_code == 403
    assert client.post(path).status_code in (302, 401)
    assert sign_in(maker).get(path).status_code == 405
    run.refresh_from_db()
    assert run.is_live
    assert sign_in(maker).post(path).status_code == 302
    assert sign_in(maker).post(path).status_code == 409


def test_a_private_models_run_looks_like_a_missing_one(
    entered, maker, outsider, sign_in, client
) -> None:
    import uuid

    run = entered("cryptic", 0.9, visibility="private")
    public = entered("open", 0.2)
    paths = [
        run.get_absolute_url(), f"{run.get_absolute_url()}/progress",
        run.submission.get_absolute_url(), f"/api/v1/runs/{run.uuid}",
        f"/api/v1/submissions/{run.submission.uuid}",
    ]  # fmt: skip
    for path in paths:
        missing = path.replace(str(run.uuid), str(uuid.uuid4())).replace(
            str(run.submission.uuid), str(uuid.uuid4())
        )
        for visitor in (client, sign_in(outsider)):
            hidden, absent = visitor.get(path), visitor.get(missing)
            assert hidden.status_code == absent.status_code == 404
        assert sign_in(maker).get(path).status_code == 200
    boards = client.get("/leaderboards/tiny-ner/").content + client.get("/leaderboards/").content
    assert b"cryptic" not in boards
    assert b"maker/open" in boards
    names = [s["repo"] for s in client.get("/api/v1/submissions").json()["submissions"]]
    assert names == [public.submission.repo.full_name]


def test_submitting_in_the_browser(maker, publish, ner, ner_model, sign_in) -> None:
    repo = publish(maker, ner_model)
    client = sign_in(maker)
    form = client.get(f"/submissions/new?repo={repo.full_name}")
    assert repo.full_name.encode() in form.content
    assert b'<option value="tiny-ner" selected>' in form.content, "there is no other"
    sent = {"repo": repo.full_name, "benchmark": "tiny-ner", "revision": "", "base": ""}
    answer = client.post("/submissions/new", sent)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/runs/")
    for wrong in ({"repo": "maker/none"}, {"benchmark": "none"}, {"revision": "no-such-branch"}):
        refused = client.post("/submissions/new", sent | wrong)
        assert refused.status_code == 422
        assert b"errorlist" in refused.content or b'role="alert"' in refused.content


def test_submitting_over_the_api(maker, publish, ner, ner_model, sign_in, client) -> None:
    from portal import tokens

    repo = publish(maker, ner_model)
    read = tokens.issue(maker, name="r", role="read")[1]
    write = tokens.issue(maker, name="w", role="write")[1]
    sent = {"repo": repo.full_name, "benchmark": "tiny-ner"}

    def post(token: str | None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return client.post(
            "/api/v1/submissions", sent, content_type="application/json", headers=headers
        )

    assert post(None).status_code == 401
    assert post(read).status_code == 403
    made = post(write)
    assert made.status_code == 201, made.content
    assert made.json()["state"] == "queued"
    assert post(write).status_code == 200
    cancel = f"/api/v1/runs/{made.json()['id']}/cancel"
    assert client.post(cancel).status_code == 401
    done = client.post(cancel, headers={"Authorization": f"Bearer {write}"})
    assert done.json()["state"] == "cancelled"
    assert done.json()["cancelled_by"] == "maker"


def test_data_that_may_not_be_shown_is_not(define, ner_data, client, tmp_path) -> None:
    define(ner_data, slug="quiet", use="eval_only")
    define(ner_data, slug="loud")
    assert b"Lovelace" in client.get("/leaderboards/loud/benchmark").content
    assert b"Lovelace" not in client.get("/leaderboards/quiet/benchmark").content


def test_the_model_page_shows_the_score(entered, client, django_assert_max_num_queries) -> None:
    path = entered("tiny", 0.4321).submission.repo.path
    with django_assert_max_num_queries(12):
        page = client.get(path).content.decode()
    assert "0.432" in page
    assert "/leaderboards/tiny-ner/" in page
    assert "0.432" in client.get("/models").content.decode()
