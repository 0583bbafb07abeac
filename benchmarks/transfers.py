"""What bytes cost: downloads beside nginx's sendfile, uploads beside MLflow's served artifacts.

    .venv/bin/python -m benchmarks.transfers --mlflow VENV [--gib 2] [--rounds 3]

Runs a real portal (one gunicorn process a side), nginx with one worker and MLflow's server with
one, on folders of their own; loopback only; curl is the client. CPU is that of the server
processes, from /proc. Rounds take turns; medians are printed.
"""

import argparse
import contextlib
import hashlib
import itertools
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.hub import cpu_seconds
from benchmarks.registry import LIMITS, QUIET, end, family_of, wait_for
from tests.support.server import Server, free_port, make_template, serving

NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{ access_log off; sendfile on; tcp_nopush on; client_body_temp_path {folder}/tmp;
  proxy_temp_path {folder}/tmp; fastcgi_temp_path {folder}/tmp; uwsgi_temp_path {folder}/tmp;
  scgi_temp_path {folder}/tmp;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }} }}
"""


class Source:
    """A file of random bytes whose content changes a little for each upload."""

    def __init__(self, path: Path, size: int):
        self.path, self.size = path, size
        self._numbers = itertools.count()
        block = os.urandom(2**26)
        with path.open("wb") as file:
            for _block in range(size // len(block)):
                file.write(block)

    def changed(self) -> str:
        """Return the sha256 of the file as it is for the next upload."""
        with self.path.open("r+b") as file:
            file.write(next(self._numbers).to_bytes(8, "big"))
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def curl(*arguments: str) -> None:
    command = ["curl", "-sS", "--fail-with-body", "-o", "/dev/null", *arguments]
    subprocess.run(command, check=True)


def put(url: str, path: Path) -> None:
    curl("-H", "Expect:", "-T", str(path), url)


# --- the servers ---------------------------------------------------------------------------------
@contextlib.contextmanager
def running(command: list[str], port: int, log: Path, **env: str) -> Iterator[list[int]]:
    """Run a server of somebody else's until it answers; yield its processes."""
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, env=os.environ | env,
                                  cwd=log.parent, start_new_session=True)  # fmt: skip
    try:
        wait_for(port)
        yield family_of(server.pid)
    finally:
        end(server)


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[tuple[str, list[int], Path]]:
    port, files = free_port(), folder / "files"
    for path in (files, folder / "tmp"):
        path.mkdir(parents=True)
    (files / "health").write_text("ok")
    folder.chmod(0o755)
    config = folder / "nginx.conf"
    config.write_text(("user root;" if os.geteuid() == 0 else "")
                      + NGINX.format(folder=folder, port=port))  # fmt: skip
    command = ["nginx", "-p", str(folder), "-c", str(config), "-e", str(folder / "start.log")]
    with running(command, port, folder / "out.log") as pids:
        yield f"http://127.0.0.1:{port}", pids, files


@contextlib.contextmanager
def mlflow(folder: Path, venv: Path) -> Iterator[tuple[str, list[int]]]:
    folder.mkdir()
    port = free_port()
    command = [str(venv / "bin/mlflow"), "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--workers", "1"]
    command += ["--serve-artifacts", "--artifacts-destination", str(folder / "artifacts")]
    path = f"{venv / 'bin'}:{os.environ['PATH']}"
    with running(command, port, folder / "out.log", PATH=path, **QUIET) as pids:
        yield f"http://127.0.0.1:{port}/api/2.0/mlflow-artifacts/artifacts", pids


def ask(server: Server, path: str, body: object) -> dict:
    token = server.people.maker.write_token
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    line = HTTPConnection("localhost", server.port)
    line.request("POST", path, json.dumps(body), headers)
    answer = line.getresponse()
    content = answer.read()
    assert answer.status == 200, content
    return json.loads(content)


def upload_address(server: Server, sha256: str, size: int) -> str:
    offer = {"operation": "upload", "transfers": ["basic"],
             "objects": [{"oid": sha256, "size": size}]}  # fmt: skip
    told = ask(server, "/maker/bench.git/info/lfs/objects/batch", offer)
    return str(told["objects"][0]["actions"]["upload"]["href"])


def link(server: Server, sha256: str, size: int) -> None:
    value = {"path": "weights.bin", "algo": "sha256", "oid": sha256, "size": size}
    lines = [{"key": "header", "value": {"summary": "add"}}, {"key": "lfsFile", "value": value}]
    line = HTTPConnection("localhost", server.port)
    headers = {"Authorization": f"Bearer {server.people.maker.write_token}",
               "Content-Type": "application/x-ndjson"}  # fmt: skip
    body = "\n".join(map(json.dumps, lines))
    line.request("POST", "/api/models/maker/bench/commit/main", body, headers)
    answer = line.getresponse()
    assert answer.status == 200, answer.read()


# --- measuring -----------------------------------------------------------------------------------
class Peak:
    """The largest RssAnon of some processes while the block runs, in MB."""

    def __init__(self, pids: list[int]):
        self._pids, self._over = pids, threading.Event()
        self.megabytes = 0.0

    def __enter__(self) -> "Peak":
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            for pid in self._pids:
                for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith("RssAnon"):
                        self.megabytes = max(self.megabytes, int(line.split()[1]) / 1000)


def cost(pids: list[int], deed: Callable[[], None], size: int) -> tuple[float, float]:
    """Return (CPU seconds of the server, wall seconds), each for a GB (10^9 bytes)."""
    wall, cpu = time.perf_counter(), cpu_seconds(pids)
    deed()
    return (cpu_seconds(pids) - cpu) / (size / 1e9), (time.perf_counter() - wall) / (size / 1e9)


def show(rows: dict[str, list[tuple[float, float]]], peak: float) -> None:
    print("| transfer | CPU s/GB | wall s/GB |\n|---|---|---|")
    for name, found in rows.items():
        cpu, wall = (statistics.median(values) for values in zip(*found, strict=True))
        print(f"| {name} | {cpu:.2f} | {wall:.2f} |")
    print(f"\nRssAnon of our transfer worker under upload: {peak:.0f} MB at most")


def measure(folder: Path, venv: Path, size: int, rounds: int) -> None:
    source = Source(folder / "source", size)
    template = make_template(folder / "template")
    rows: dict[str, list[tuple[float, float]]] = {}
    peak = 0.0
    with (
        serving(template, folder / "data", **LIMITS) as ours,
        nginx(folder / "nginx") as (nginx_url, nginx_pids, files),
        mlflow(folder / "mlflow", venv) as (mlflow_url, mlflow_pids),
    ):
        ask(ours, "/api/repos/create", {"name": "bench"})
        workers = [pid for child in ours.children[1:] for pid in family_of(child.pid)]
        pids = [child.pid for child in ours.children]

        def note(name: str, of: list[int], deed: Callable[[], None]) -> None:
            rows.setdefault(name, []).append(cost(of, deed, size))

        warm = Source(folder / "warm", 2**26)
        put(upload_address(ours, warm.changed(), warm.size), warm.path)
        put(f"{mlflow_url}/warm.bin", warm.path)
        for _round in range(rounds):
            sha256 = source.changed()
            address = upload_address(ours, sha256, size)
            with Peak(workers) as seen:
                note("upload: ours", pids, lambda url=address: put(url, source.path))
            peak = max(peak, seen.megabytes)
            there = f"{mlflow_url}/{sha256[:8]}.bin"
            note("upload: MLflow", mlflow_pids, lambda url=there: put(url, source.path))
        link(ours, sha256, size)
        os.link(next((ours.data / "content" / "sha256" / sha256[:2]).glob(f"{sha256[2:4]}/*")),
                files / "weights.bin")  # fmt: skip
        token = f"Authorization: Bearer {ours.people.maker.read_token}"
        resolve = f"{ours.url}/maker/bench/resolve/main/weights.bin"
        curl("-L", "-r", "0-9", "-H", token, resolve)
        for _round in range(rounds):
            note("download: ours", pids, lambda: curl("-L", "-H", token, resolve))
            note("download: nginx", nginx_pids, lambda: curl(f"{nginx_url}/weights.bin"))
            note("download: MLflow", mlflow_pids, lambda url=there: curl(url))
    show(rows, peak)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mlflow", type=Path, required=True, help="its virtual environment")
    parser.add_argument("--gib", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-transfers-"))
    try:
        measure(folder, given.mlflow, int(given.gib * 2**30), given.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
