"""Hostile files through the real doors: the stock client uploads, pages show, a worker scans and
evaluates; the bytes stay as they are and none of them ever runs.

One repo holds a good model; each commit puts one hostile file into it and takes the last one out,
so every revision is the model and one danger.
"""

import json
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.finetuning.conftest import CARD, ner_text
from tests.finetuning.zoo import MARKER, ZOO, Hostile
from tests.support.client import HubClient
from tests.support.server import ROOT, Server, serving

NAME = "maker/hostile"
# Works off every job that waits, as a worker would, each once.
WORK = """
import django; django.setup()
from portal import jobs
from portal.jobs import running
from portal.jobs.models import Job
jobs.enqueue("finetuning.jobs.scan_new_revisions", "now")
seen = set()
while (job := Job.objects.filter(state="queued").exclude(pk__in=seen).order_by("pk").first()):
    seen.add(job.pk)
    running.execute(job.pk)
"""
# A hostile client does not ask first what the portal says of its card.
COMMIT = """(setattr(HfApi, "_validate_yaml", lambda *_, **__: None),
create_commit({name!r}, commit_message='Next', operations=[
    *[CommitOperationDelete(path) for path in {gone!r}],
    *[CommitOperationAdd(path, Path({folder!r}, path).read_bytes()) for path in {new!r}]]).oid)"""


@dataclass
class Portal:
    """A running portal whose processes would leave every marker in `markers` or in its folder."""

    server: Server
    client: HubClient
    markers: Path

    def ask(self, path: str, body: object = None) -> Any:
        """Return the JSON of an address; a refusal fails the test."""
        status, content = self.get(path, body=body)
        assert status < 300, content + self.server.logs().encode()
        return json.loads(content)

    def get(self, path: str, *, body: object = None) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self.client.token}"}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        url = path if path.startswith("http") else self.server.url + path
        request = urllib.request.Request(url, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read()

    def manage(self, *words: str) -> None:
        self.run(str(ROOT / "manage.py"), *words)

    def work(self) -> None:
        self.run("-c", WORK)

    def run(self, *words: str) -> None:
        environment = self.server.environment | {"DJANGO_SETTINGS_MODULE": "portal.site.settings"}
        done = subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def nothing_ran(self) -> None:
        assert not list(self.markers.rglob(MARKER))
        assert not list(self.server.data.rglob(MARKER))
        for folder in (ROOT, Path("/tmp"), Path.home(), self.client.home):
            assert not (folder / MARKER).exists()


@pytest.fixture
def portal(portal_template: Path, ner_model: Path, tmp_path: Path) -> Iterator[Portal]:
    markers = tmp_path / "markers"
    markers.mkdir()
    rates = {f"COMMONHOLD_RATE_{name}": "1000000" for name in ("API", "RESOLVERS", "PAGES")}
    with serving(portal_template, tmp_path / "data", TMPDIR=str(markers), **rates) as server:
        server.data.chmod(0o700)
        client = HubClient(server, server.people.maker.write_token, xet=False)
        found = Portal(server, client, markers)
        gold = tmp_path / "gold.conll"
        gold.write_text(ner_text())
        found.manage("import_benchmark", "tiny", str(gold), "--format=conll", "--title=Tiny",
                     "--licence=CC0-1.0", "--use=redistributable")  # fmt: skip
        yield found
        found.nothing_ran()


@pytest.mark.slow
def test_upload_view_scan_and_evaluation_run_nothing(
    portal: Portal, ner_model: Path, tmp_path: Path
) -> None:
    """Scenario 4, for every file: intact bytes, no marker, never "safe", no failing page."""
    folder = Path(shutil.copytree(ner_model, tmp_path / "repo"))
    (folder / "README.md").write_text(CARD)
    portal.client.call(f"create_repo({NAME!r})")
    portal.client.call(f"upload_folder(repo_id={NAME!r}, folder_path={str(folder)!r}).oid")
    good = {path.name: path.read_bytes() for path in folder.iterdir()}
    before: set[str] = set()
    entered = []
    for name in ZOO:
        hostile = ZOO[name]
        put(portal, folder, good, hostile, before)
        before = {hostile.name, *hostile.beside}
        revision = portal.client.call(f"repo_info({NAME!r}).sha")
        look(portal, name, f"/{NAME}", f"/api/models/{NAME}")
        entered.append((name, revision, submit(portal, revision)))
    portal.work()
    for name, revision, run in entered:
        look_at_file(portal, name, revision)
        ended(portal, name, run)
    look(portal, name, f"/{NAME}", f"/api/models/{NAME}")


def put(
    portal: Portal, folder: Path, good: dict[str, bytes], hostile: Hostile, before: set[str]
) -> None:
    """Commit the hostile file in place of the one before, by the stock client's requests."""
    new = {**{path: good[path] for path in before & set(good)},
           **{hostile.name: hostile.content}, **hostile.beside}  # fmt: skip
    for path, data in new.items():
        (folder / path).write_bytes(data)
    gone = sorted(before - set(new))
    portal.client.call(COMMIT.format(name=NAME, gone=gone, folder=str(folder), new=sorted(new)))


def submit(portal: Portal, revision: str) -> str:
    wanted = {"repo": NAME, "benchmark": "tiny", "revision": revision, "base": "acme/base"}
    return str(portal.ask("/api/v1/submissions", wanted)["id"])


def look(portal: Portal, name: str, *paths: str) -> None:
    for path in paths:
        status, content = portal.get(path)
        assert status == 200, (name, path, portal.server.logs())
        assert not re.search(rb"\bsafe\b", content), (name, path)


def look_at_file(portal: Portal, name: str, revision: str) -> None:
    """Open every page and door that shows the file; the bytes are the ones that were sent."""
    hostile = ZOO[name]
    pages = ("tree/{}", "commits/{}", "commit/{}", "blob/{}/" + hostile.name)
    look(portal, name, *(f"/{NAME}/{page.format(revision)}" for page in pages))
    look(portal, name, f"/api/models/{NAME}/tree/{revision}?expand=true")
    sent = portal.get(f"/{NAME}/resolve/{revision}/{hostile.name}")
    assert sent == (200, hostile.content), name


def ended(portal: Portal, name: str, run: str) -> None:
    """The run is over: refused with the file's name, or ended without ever opening the file."""
    found, hostile = portal.ask(f"/api/v1/runs/{run}"), ZOO[name]
    kind = (found["failure"] or {}).get("kind", "")
    if hostile.status == "refused":
        assert kind == "member.refused", (name, found)
        assert hostile.name in found["failure"]["text"]
    else:
        assert found["state"] in ("done", "failed"), (name, found)
        assert not kind.startswith("platform"), (name, found)
    look(portal, name, f"/runs/{run}", f"/submissions/{found['submission']['id']}")
