"""How long a member waits: from submitting a model to the first sign of life on its page.

    .venv/bin/python -m benchmarks.first_progress [--models /tmp/evaluation-models]

A real portal with a broker, a Celery worker and the demo's benchmark; the model is the one that
`benchmarks/evaluation.py models` trained, uploaded by the stock client. Each round commits, submits
over the API and asks the run's address until it says so: taken by a worker (`checking`), handed to
the sandbox (`loading`), predicting. Wall seconds; the worker is idle when a round begins.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.support.client import HubClient
from tests.support.server import ROOT, Server, make_template, serving
from tests.support.services import running_broker

SEEN = ("checking", "loading", "predicting")
NAME = "maker/waiting"
DEFINE = "import django; django.setup(); from finetuning.demo import sentiment; sentiment.define()"
CARD = "---\nlicense: apache-2.0\nbase_model: acme/base\n---\n# Round {number}\n"


@contextlib.contextmanager
def portal(folder: Path) -> Iterator[Server]:
    """A portal with the benchmark defined and a worker that has answered its first job."""
    template = make_template(folder / "template")
    with (
        running_broker() as broker,
        serving(
            template, folder / "data", COMMONHOLD_BROKER_URL=broker, COMMONHOLD_RATE_API="1000000"
        ) as server,
    ):
        server.data.chmod(0o700)
        subprocess.run([sys.executable, "-c", DEFINE], cwd=ROOT, env=server.environment, check=True)
        words = ["-W", "ignore", "-m", "celery", "-q", "-A", "portal.site.celery", "worker"]
        words += ["--queues=default,cpu", "--concurrency=1", "--pool=prefork"]
        worker = subprocess.Popen([sys.executable, *words], cwd=ROOT, env=server.environment)
        try:
            yield server
        finally:
            worker.terminate()
            worker.wait(30)


def ask(server: Server, method: str, path: str, body: object = None) -> Any:
    connection = HTTPConnection("localhost", server.port)
    headers = {
        "Authorization": f"Bearer {server.people.maker.write_token}",
        "Content-Type": "application/json",
    }
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status < 400, (answer.status, content[:300])
    return json.loads(content)


def one(server: Server, client: HubClient, number: int) -> dict[str, float]:
    """Submit a new revision; return the seconds until each stage was seen."""
    card = CARD.format(number=number)
    sent = f"upload_file(path_or_fileobj={card.encode()!r}, path_in_repo='README.md',"
    client.call(f"{sent} repo_id={NAME!r}).oid")
    began = time.perf_counter()
    wanted = {"repo": NAME, "benchmark": "movie-sentiment"}
    run = ask(server, "POST", "/api/v1/submissions", wanted)["id"]
    seen: dict[str, float] = {}
    while "predicting" not in seen:
        found = ask(server, "GET", f"/api/v1/runs/{run}")
        assert found["state"] in ("queued", "running"), found
        if found["phase"] in SEEN:
            for phase in SEEN[: SEEN.index(found["phase"]) + 1]:
                seen.setdefault(phase, time.perf_counter() - began)
        assert time.perf_counter() - began < 120, found
        time.sleep(0.02)
    ask(server, "POST", f"/api/v1/runs/{run}/cancel", {})
    time.sleep(1.5)  # until the worker has ended the process and is idle again
    return seen


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=Path, default=Path("/tmp/evaluation-models"))
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="bench-wait-") as folder,
        portal(Path(folder)) as server,
    ):
        client = HubClient(server, server.people.maker.write_token, xet=False)
        client.hf("upload", NAME, str(given.models / "movie-sentiment"))
        one(server, client, 0)  # the worker's first job also waits for the worker's own start
        rounds = [one(server, client, number) for number in range(1, given.rounds + 1)]
        for phase in SEEN:
            middle = statistics.median(found[phase] for found in rounds)
            print(f"| {phase} | {middle:.2f} s | {max(found[phase] for found in rounds):.2f} s |")


if __name__ == "__main__":
    main()
