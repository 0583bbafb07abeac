"""What the registry costs: commits and pages of a large repo, lists of many repos, beside MLflow.

    .venv/bin/python -m benchmarks.registry commits            # 10,000 files, 5,000 commits
    .venv/bin/python -m benchmarks.registry lists              # 100,000 repos
    .venv/bin/python -m benchmarks.registry peer --mlflow VENV # 10,000 repos, beside MLflow's

Runs a real portal (one gunicorn process a side) on a folder of its own; loopback only. CPU is that
of the server processes, from /proc, so that the load generator does not count. `--folder` names a
place to keep the data in, so that a second run need not make it again.
"""

import argparse
import base64
import contextlib
import itertools
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.hub import cpu_seconds
from tests.support.server import Server, free_port, make_template

FILES, COMMITS, REPOS, PEERS = 10_000, 5_000, 100_000, 10_000
ROUNDS = 5
LIMITS = {"COMMONHOLD_RATE_API": "100000000", "COMMONHOLD_RATE_RESOLVERS": "100000000",
          "COMMONHOLD_RATE_PAGES": "100000000"}  # fmt: skip
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true",
         "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # fmt: skip
Ask = Callable[[], None]


# --- asking and measuring ------------------------------------------------------------------------
class Door:
    """One kept connection to a server; every answer must be 200."""

    def __init__(self, port: int, pids: list[int], token: str = ""):
        self.port, self.pids, self.token = port, pids, token
        self.line = HTTPConnection("localhost", port)

    def get(self, path: str) -> bytes:
        return self.send("GET", path)

    def send(self, method: str, path: str, body: str | None = None, kind: str = "") -> bytes:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if kind:
            headers["Content-Type"] = kind
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return content


def measured(door: Door, ask: Ask, times: int) -> tuple[float, float]:
    """Return (wall, CPU of the server) of one request in milliseconds, over `times` of them."""
    wall, cpu = time.perf_counter(), cpu_seconds(door.pids)
    for _request in range(times):
        ask()
    walls = (time.perf_counter() - wall) / times
    return walls * 1000, (cpu_seconds(door.pids) - cpu) / times * 1000


def interleaved(rows: dict[str, tuple[Door, Ask, int]]) -> None:
    """Print a table: each row's medians over rounds that take turns."""
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in rows}
    for door, ask, _times in rows.values():
        measured(door, ask, 5)  # warm
    for _round in range(ROUNDS):
        for name, (door, ask, times) in rows.items():
            seen[name].append(measured(door, ask, times))
    print("| request | wall ms | CPU ms |\n|---|---|---|")
    for name, found in seen.items():
        wall, cpu = (statistics.median(values) for values in zip(*found, strict=True))
        print(f"| {name} | {wall:.1f} | {cpu:.1f} |", flush=True)


# --- the portal ----------------------------------------------------------------------------------
@contextlib.contextmanager
def portal(folder: Path, build: Callable[[], None]) -> Iterator[Server]:
    """Serve a folder that `build` has filled through the ORM of this process."""
    data = folder / "data"
    if not (data / "built").exists():
        shutil.rmtree(data, ignore_errors=True)
        make_template(data)
        started = time.perf_counter()
        child = get_context("fork").Process(target=fill, args=(data, build))
        child.start()
        child.join()
        (data / "built").touch()
        print(f"built in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    server = Server(data, LIMITS)
    try:
        yield server.start()
    finally:
        server.stop()


def fill(data: Path, build: Callable[[], None]) -> None:
    """Build in a process of its own, because a Django process has one data folder."""
    os.environ["COMMONHOLD_DATA"] = str(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.site.settings")
    import django

    django.setup()
    build()


def door_to(server: Server) -> Door:
    pids = [child.pid for child in server.children]
    return Door(server.port, pids, server.people.maker.write_token)


def database_bytes(data: Path) -> int:
    return sum(file.stat().st_size for file in data.glob("db.sqlite3*"))


# --- one repo, many files and commits ------------------------------------------------------------
def large_repo(kind: str) -> Callable[[], None]:
    def build() -> None:
        from models_registry import repos, revisions
        from portal.people.models import Person

        maker = Person.objects.select_related("namespace").get(username="maker")
        repo = repos.create(maker.namespace, "large", by=maker)
        paths = [path_of(n, kind) for n in range(FILES)]
        files = [revisions.AddFile(path, path.encode()) for path in paths]
        revisions.commit(repo, author=maker, operations=files, summary="10,000 files")
        chosen = random.Random(7)
        for number in range(COMMITS):
            edit = revisions.AddFile(chosen.choice(paths), f"edit {number}".encode())
            revisions.commit(repo, author=maker, operations=[edit], summary=f"edit {number}")

    return build


def path_of(number: int, kind: str) -> str:
    return f"file{number:05}.txt" if kind == "flat" else f"f{number // 100:03}/file{number:05}.txt"


def commits(folder: Path) -> None:
    for kind in ("flat", "nested"):
        with portal(folder / kind, large_repo(kind)) as server:
            print(f"\n{FILES:,} files, {kind}, {COMMITS:,} commits")
            pages_of_large(server, kind)


def pages_of_large(server: Server, kind: str) -> None:
    door = door_to(server)
    numbers = itertools.count(random.SystemRandom().randrange(10**9))
    chosen = random.Random(9)

    def one_commit() -> None:
        content = base64.b64encode(f"{next(numbers)}".encode()).decode()
        path = path_of(chosen.randrange(FILES), kind)
        lines = [
            {"key": "header", "value": {"summary": "edit"}},
            {"key": "file", "value": {"path": path, "content": content, "encoding": "base64"}},
        ]
        body = "\n".join(map(json.dumps, lines))
        door.send("POST", "/api/models/maker/large/commit/main", body, "application/x-ndjson")

    def pages(start: str) -> Ask:
        address = f"/maker/large/tree/main{start}"
        cursors = itertools.cycle(["", "?after=" + path_of(FILES // 2, kind).split("/")[0]])
        return lambda: (door.get(address + next(cursors)), None)[1]

    below = "" if kind == "flat" else "/f050"
    rows: dict[str, tuple[Door, Ask, int]] = {
        "commit of one file": (door, one_commit, 40),
        "tree page, 50 rows": (
            door, pages("") if kind == "nested" else pages(below), 40),
        "API tree, 1,000 rows": (
            door, lambda: (door.get("/api/models/maker/large/tree/main?recursive=true"), None)[1],
            10),
        "API tree, 50 rows with last commits": (
            door,
            lambda: (door.get("/api/models/maker/large/tree/main?recursive=true&expand=true"),
                     None)[1], 20),
        "commits page": (door, lambda: (door.get("/maker/large/commits/main"), None)[1], 20),
    }  # fmt: skip
    before, size = object_bytes(server), database_bytes(server.data)
    interleaved(rows)
    made = ROUNDS * 40 + 5
    settle(server)
    print(
        f"\ngrowth of a one-file commit: {(object_bytes(server) - before) / made:,.0f} bytes of "
        f"git objects, {(database_bytes(server.data) - size) / made:,.0f} bytes of database"
    )


def query(server: Server, sql: str) -> Any:
    import sqlite3

    with contextlib.closing(sqlite3.connect(server.data / "db.sqlite3")) as database:
        return database.execute(sql).fetchone()[0]


def object_bytes(server: Server) -> int:
    return int(query(server, "SELECT object_bytes FROM models_registry_repo WHERE name='large'"))


def settle(server: Server) -> None:
    """Let the write-ahead log flow into the file, so that its size is the database's."""
    query(server, "PRAGMA wal_checkpoint(TRUNCATE)")


# --- many repos ----------------------------------------------------------------------------------
FAMILIES = ("minilm", "bert", "roberta", "chatglm", "llama", "qwen", "electra", "xlnet", "t5",
            "mistral", "phi", "gemma", "falcon", "bloom", "opt", "deberta")  # fmt: skip
WORDS = ("sentiment", "ner", "reviews", "news", "legal", "medical", "chat", "code", "summary",
         "translate", "zh", "en", "small", "base", "large", "distilled")  # fmt: skip
TASKS = ("text-classification", "token-classification", "text-generation", "feature-extraction")


def many_repos(count: int) -> Callable[[], None]:
    """Return what fills the database with repos that each have a commit, a card and tags."""

    def build() -> None:
        from models_registry import repos, revisions
        from portal.people.models import Person

        maker = Person.objects.select_related("namespace").get(username="maker")
        first = repos.create(maker.namespace, "pattern", by=maker)
        readme = b"---\nlicense: apache-2.0\ntags: [demo]\n---\n# A model\n"
        operations = [revisions.AddFile("README.md", readme), revisions.AddFile("a.json", b"{}")]
        revisions.commit(first, author=maker, operations=operations, summary="add files")
        first.refresh_from_db()
        for start in range(0, count, 2_000):
            copies(first, range(start, min(start + 2_000, count)))

    return build


def copies(first: Any, numbers: range) -> None:
    """Write repos that hold the same commit as `first`, under names and tags of their own."""
    from datetime import timedelta

    from django.db import transaction

    from models_registry.models import Com, Obj, Ref, Repo, RepoTag
    from models_registry.search import entry_of
    from portal.licences.models import LicenceVersion
    from portal.search.indexing import index

    licences = {row.licence.hub_id: row for row in LicenceVersion.objects.select_related("licence")}
    chosen = random.Random(numbers.start)
    rows = []
    for number in numbers:
        family, word, task = (chosen.choice(of) for of in (FAMILIES, WORDS, TASKS))
        name = f"{family}-{word}-{number}"
        tags = [family, word, f"license:{chosen.choice(['mit', 'apache-2.0'])}", "language:zh"]
        card = {"license": tags[2][8:], "language": ["zh"], "tags": tags[:2], "pipeline_tag": task}
        rows.append(Repo(
            kind="model" if number % 10 else "dataset", namespace=first.namespace, name=name,
            key=f"{first.namespace.name}/{name}".lower(), created_by=first.created_by,
            visibility="private" if number % 20 == 1 else "public", head_oid=first.head_oid,
            created_at=first.created_at + timedelta(seconds=number), downloads=number * 7 % 10_007,
            updated_at=first.updated_at + timedelta(seconds=number * 31 % 99_991),
            card=card, card_oid=first.card_oid, card_licence=card["license"],
            licence=licences[card["license"]],
            pipeline_tag=task, library_name="transformers"))  # fmt: skip
    with transaction.atomic():
        made = Repo.objects.bulk_create(rows)
        RepoTag.objects.bulk_create(
            [RepoTag(repo=repo, tag=tag) for repo in made
             for tag in (*repo.card["tags"], repo.pipeline_tag, f"license:{repo.card_licence}")],
            ignore_conflicts=True)  # fmt: skip
        for model in (Obj, Com):
            pattern = list(model.objects.filter(repo=first))
            for row in pattern:
                values = {f.attname: getattr(row, f.attname) for f in model._meta.concrete_fields
                          if f.name not in ("id", "repo")}  # fmt: skip
                model.objects.bulk_create(model(repo=repo, **values) for repo in made)
        heads = dict(
            Com.objects.filter(repo__in=made, oid=first.head_oid).values_list("repo", "pk")
        )
        Ref.objects.bulk_create(
            Ref(repo=repo, name="refs/heads/main", target_id=heads[repo.pk],
                created_at=repo.created_at) for repo in made)  # fmt: skip
        for repo in made:
            entry = entry_of(repo)
            index(entry.kind, entry.id, entry.title, entry.body, entry.url, entry.visible_to)


def lists(folder: Path) -> None:
    with portal(folder / "lists", many_repos(REPOS)) as server:
        print(f"\n{REPOS:,} repos")
        signed_in = door_to(server)
        anybody = Door(server.port, signed_in.pids)
        asked = {
            "list": "",
            "list, most downloaded": "?sort=downloads",
            "list, page 20": "?page=20",
            "search of one word in 16": "?q=minilm",
            "search of a rare word": "?q=77123",
            "search of nothing": "?q=nothing-like-this",
            "search of a word by downloads": "?q=chatglm&sort=downloads",
            "filtered by task and licence": "?task=token-classification&licence=mit",
        }
        rows: dict[str, tuple[Door, Ask, int]] = {
            f"page: {name}": (anybody, getting(anybody, f"/models{query}"), 20)
            for name, query in asked.items()
        }
        rows["page: data sets"] = (anybody, getting(anybody, "/datasets"), 20)
        rows["page: home"] = (anybody, getting(anybody, "/"), 20)
        api = {
            "list of 30": "limit=30",
            "list of 30 by downloads": "limit=30&sort=downloads",
            "search of one word in 16": "limit=30&search=minilm",
            "search of a rare word": "limit=30&search=77123",
            "search of nothing": "limit=30&search=nothinglikethis",
            "search of two words": "limit=30&search=minilm+legal",
            "filter by tag": "limit=30&filter=ner",
            "filter by author and task": "limit=30&author=maker&pipeline_tag=text-generation",
        }
        for who, door in (("anybody", anybody), ("a member", signed_in)):
            for name, query in api.items():
                rows[f"API, {who}: {name}"] = (door, getting(door, f"/api/models?{query}"), 20)
        interleaved(rows)


def getting(door: Door, path: str) -> Ask:
    return lambda: (door.get(path), None)[1]


# --- beside MLflow -------------------------------------------------------------------------------
FILL = """
import random, sys
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
store = SqlAlchemyStore(sys.argv[1])
for name in sys.stdin.read().split():
    store.create_registered_model(name)
"""


def names(count: int) -> list[str]:
    found = []
    for start in range(0, count, 2_000):
        chosen = random.Random(start)
        for number in range(start, min(start + 2_000, count)):
            family, word, _task = (chosen.choice(of) for of in (FAMILIES, WORDS, TASKS))
            chosen.choice("ab")
            found.append(f"{family}-{word}-{number}")
    return found


@contextlib.contextmanager
def mlflow(venv: Path, folder: Path) -> Iterator[Door]:
    """Serve MLflow's registry with as many models of the same names, in one worker process."""
    folder.mkdir(parents=True, exist_ok=True)
    database = f"sqlite:///{folder / 'mlflow.db'}"
    environment = os.environ | QUIET
    if not (folder / "built").exists():
        subprocess.run([venv / "bin/python", "-c", FILL, database], check=True, env=environment,
                       input="\n".join(names(PEERS)), text=True, cwd=folder)  # fmt: skip
        (folder / "built").touch()
    port = free_port()
    command = [str(venv / "bin/mlflow"), "server", "--backend-store-uri", database]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with (folder / "mlflow.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment | {
            "PATH": f"{venv / 'bin'}:{os.environ['PATH']}"}, stdout=log, stderr=log,
            start_new_session=True)  # fmt: skip
    try:
        wait_for(port)
        yield Door(port, family_of(server.pid))
    finally:
        end(server)


def end(server: "subprocess.Popen[bytes]") -> None:
    """End a server and all that it started; some outlive a polite signal to their parent."""
    for pid in family_of(server.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
    server.wait(20)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            Door(port, []).get("/health")
            return
        time.sleep(0.2)
    raise RuntimeError(f"nothing answers on port {port}")


def family_of(pid: int) -> list[int]:
    """Return a process and all below it, without their own counting of children."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += family_of(int(child))
    return found


def peer(folder: Path, venv: Path) -> None:
    with (
        portal(folder / "peer", many_repos(PEERS)) as server,
        mlflow(venv, folder / "mlflow") as theirs,
    ):
        ours = door_to(server)
        chosen = [name for n, name in enumerate(names(PEERS)) if n % 10][::97]  # no data sets
        known = itertools.cycle([f"maker/{name}" for name in chosen])
        models = itertools.cycle(chosen)
        words = itertools.cycle(FAMILIES)
        theirs_words = itertools.cycle(FAMILIES)
        rest = "/api/2.0/mlflow/registered-models"

        def found(door: Door, path: str, count: int, key: str = "") -> None:
            answer = json.loads(door.get(path))
            assert len(answer[key] if key else answer) == count, path

        interleaved({
            "ours: info": (ours, lambda: (ours.get(f"/api/models/{next(known)}"), None)[1], 60),
            "MLflow: get": (theirs, lambda: (theirs.get(
                f"{rest}/get?" + urlencode({"name": next(models)})), None)[1], 60),
            "ours: search of 30": (ours, lambda: found(
                ours, f"/api/models?limit=30&search={next(words)}", 30), 40),
            "MLflow: search of 30": (theirs, lambda: found(
                theirs, f"{rest}/search?" + urlencode({
                    "filter": f"name LIKE '%{next(theirs_words)}%'", "max_results": 30}),
                30, "registered_models"), 40),
        })  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["commits", "lists", "peer"])
    parser.add_argument("--folder", type=Path, help="keep what is made for the next run")
    parser.add_argument("--mlflow", type=Path, help="a virtual environment with MLflow in it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-registry-") as scratch:
        folder = given.folder or Path(scratch)
        if given.what == "peer":
            peer(folder, given.mlflow)
        else:
            {"commits": commits, "lists": lists}[given.what](folder)


if __name__ == "__main__":
    main()
