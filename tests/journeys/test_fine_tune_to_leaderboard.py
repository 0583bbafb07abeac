"""Journey 2: a fine-tune goes in by `hf upload`, is evaluated, and stands on the board.

Real parts only: the stock client, gunicorn, a broker, a Celery worker and its beat, MiniLM's
weights, sentences that people wrote. Uploads take the LFS path. What it was made from is a model
of the same training, saved half-way and scored before, so that there is a base to compare with.
"""

import contextlib
import csv
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.support.client import HubClient
from tests.support.server import ROOT, Server, serving
from tests.support.services import broker

__all__ = ["broker"]
MINILM = Path(settings.ASSETS_DIR) / "minilm"
ROWS = 240

FINE_TUNE = """
import json, sys, torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
torch.manual_seed(0)
base, rows, halfway, out = sys.argv[1:]
names = {0: "negative", 1: "positive"}
tokenizer = AutoTokenizer.from_pretrained(base)
model = AutoModelForSequenceClassification.from_pretrained(
    base, id2label=names, label2id={name: n for n, name in names.items()})
rows = json.load(open(rows))
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4)
def save(folder, made_from):
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    open(folder + "/README.md", "w").write(
        "---\\nlicense: apache-2.0\\nbase_model: " + made_from + "\\n"
        "pipeline_tag: text-classification\\n---\\n# Reviews\\n")
model.train()
for start in range(0, len(rows), 32):
    if start == len(rows) // 2:
        save(halfway, "sentence-transformers/all-MiniLM-L6-v2")
    batch = rows[start:start + 32]
    given = tokenizer([text for text, _ in batch], padding=True, truncation=True,
                      max_length=64, return_tensors="pt")
    labels = torch.tensor([int(label == "positive") for _, label in batch])
    model(**given, labels=labels).loss.backward()
    optimizer.step()
    optimizer.zero_grad()
save(out, "maker/halfway")
"""


@pytest.fixture
def portal(portal_template: Path, tmp_path: Path, broker: str) -> Iterator[Server]:
    with (
        serving(portal_template, tmp_path / "data", COMMONHOLD_BROKER_URL=broker) as server,
        owned(server),
        running(server, "worker", "--queues=default,cpu", "--concurrency=1", "--pool=prefork"),
        running(server, "beat", "--pidfile="),
    ):
        yield server


@contextlib.contextmanager
def owned(server: Server) -> Iterator[None]:
    """Close the data folder to others, as the system checks of manage.py ask."""
    server.data.chmod(0o700)
    yield


@contextlib.contextmanager
def running(server: Server, *words: str) -> Iterator[None]:
    """Run a part of Celery on the server's folder."""
    command = [sys.executable, "-W", "ignore", "-m", "celery", "-q", "-A", "portal.site.celery"]
    with (server.data / f"{words[0]}.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, *words, "--loglevel=INFO"],
            cwd=ROOT, env=server.environment, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def sentences(tmp_path: Path) -> dict[str, Path]:
    """Real sentences: a training part as JSON, a test part as the CSV an operator has."""
    from finetuning.demo import sentiment

    if not sentiment.archive().exists() or not MINILM.exists():
        pytest.skip("MiniLM or the archive of vaderSentiment is not installed under ASSETS_DIR")
    train, test = sentiment.splits()
    pairs = [
        [(item["text"], gold["label"]) for item, gold in zip(part.items, part.gold, strict=True)]
        for part in (train, test)
    ]
    paths = {"train": tmp_path / "train.json", "test": tmp_path / "test.csv"}
    paths["train"].write_text(json.dumps(pairs[0][:640]))
    with paths["test"].open("w", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *pairs[1][:ROWS]])
    return paths


def manage(server: Server, *words: str) -> None:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=ROOT, env=server.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def ask(server: Server, path: str, token: str = "", body: object = None) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(server.url + path, data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def wait_for(look: Callable[[], Any], server: Server, within: float = 240) -> Any:
    deadline = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < deadline, server.logs()
        time.sleep(0.3)
    return found


def hf(client: HubClient, *words: str) -> str:
    command = [str(Path(sys.executable).with_name("hf")), *words]
    done = subprocess.run(
        command, env=client.environment, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_fine_tune_is_uploaded_evaluated_and_ranked(
    portal: Server, sentences: dict[str, Path], tmp_path: Path
) -> None:
    maker = portal.people.maker
    client = HubClient(portal, maker.write_token)
    manage(
        portal, "import_benchmark", "reviews", str(sentences["test"]), "--format=csv",
        "--title=Reviews", "--licence=MIT", "--use=redistributable",
    )  # fmt: skip

    halfway, folder = tmp_path / "halfway", tmp_path / "reviews"
    client.python_code(
        FINE_TUNE, str(MINILM), str(sentences["train"]), str(halfway), str(folder), timeout=300
    )
    base = f"{maker.username}/halfway"
    hf(client, "upload", base, str(halfway), "--commit-message", "Half of the training")
    base_run, _ = enter(portal, base)
    base_scores = follow(portal, base_run)[-1]["scores"]

    name = f"{maker.username}/minilm-reviews"
    hf(client, "upload", name, str(folder), "--commit-message", "First fine-tune")
    known = client.call(f"repo_info({name!r}).sha")

    run, revision = enter(portal, name)
    assert revision == known
    seen = follow(portal, run)
    done = seen[-1]
    assert done["state"] == "done", done["failure"]
    assert [one["sequence"] for one in seen] == sorted(one["sequence"] for one in seen)
    assert {"loading", "predicting"} & {one["phase"] for one in seen}
    accuracy, macro_f1, loss = done["scores"]
    assert accuracy["low"] < accuracy["value"] < accuracy["high"]
    assert accuracy["value"] > 0.6
    assert macro_f1["metric"] == "macro_f1"
    assert 0 < loss["value"] < 2
    assert done["report"]["support"] == ROWS
    against = done["against_base"]
    assert (against["base"], against["run"]) == (base, base_run)
    gained = against["differences"][0]
    assert gained["value"] == pytest.approx(accuracy["value"] - base_scores[0]["value"])
    assert gained["low"] <= gained["value"] <= gained["high"]
    assert f"/{base}" in ask(portal, f"/runs/{run}")

    board = ask(portal, "/leaderboards/reviews/")
    assert name in board
    assert known[:10] in board
    assert f"{accuracy['value']:.3f}" in board
    assert f"{accuracy['value']:.3f}" in ask(portal, f"/{name}")

    written = wait_for(
        lambda: json.loads(ask(portal, f"/api/v1/runs/{run}"))["written_revision"], portal
    )
    assert client.call(f"repo_info({name!r}).sha") == written
    result = client.call(
        f"Path(hf_hub_download({name!r}, '.eval_results/reviews.yaml')).read_text()"
    )
    assert f"/runs/{run}" in result

    # The owner goes on from the commit they know; the result does not stand in their way.
    pushed = client.call(
        f"upload_file(path_or_fileobj=b'later', path_in_repo='notes.md', repo_id={name!r},"
        f" parent_commit={known!r}).oid"
    )
    files = client.call(f"list_repo_files({name!r})")
    assert {"notes.md", ".eval_results/reviews.yaml", "model.safetensors"} <= set(files)
    assert pushed != written
    submissions = json.loads(ask(portal, "/api/v1/submissions"))["submissions"]
    assert len(submissions) == 2


def enter(server: Server, repo: str) -> tuple[str, str]:
    """Submit a repo's newest revision; return the run's id and the revision."""
    given = {"repo": repo, "benchmark": "reviews"}
    run = json.loads(ask(server, "/api/v1/submissions", server.people.maker.write_token, given))
    return run["id"], run["submission"]["revision"]


def follow(server: Server, run: str) -> list[dict[str, Any]]:
    """Return what a page that polls would have seen, until the run has ended."""
    seen: list[dict[str, Any]] = []

    def look() -> bool:
        seen.append(json.loads(ask(server, f"/api/v1/runs/{run}")))
        return seen[-1]["state"] not in ("queued", "running")

    wait_for(look, server)
    return seen
