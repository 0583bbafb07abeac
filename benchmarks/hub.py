"""How quick the Hub door is: HEAD resolve requests a second and core, upload megabytes a second.

    .venv/bin/python -m benchmarks.hub

Runs a real portal (one gunicorn process a side) on a folder of its own; loopback only. CPU is that
of the server processes, from /proc, so that the load generator does not count.
"""

import hashlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

from tests.support.server import Server, make_template, serving

ROUNDS, REQUESTS = 5, 300
UPLOAD_BYTES = 256 * 2**20
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: list[int]) -> float:
    """Return user and system seconds of these processes and their children, dead or alive."""
    total = 0
    for pid in pids:
        folders = [Path(f"/proc/{pid}")]
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            folders += [Path(f"/proc/{child}") for child in task.read_text().split()]
        for folder in folders:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def ask(
    connection: HTTPConnection, method: str, path: str, token: str, body: object = None
) -> dict:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status >= 400:
        raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
    return json.loads(content) if content.startswith(b"{") else {}


def prepare(server: Server, token: str) -> str:
    """Make a repo with a small file and some folders; return its head's id."""
    connection = HTTPConnection("localhost", server.port)
    ask(connection, "POST", "/api/repos/create", token, {"name": "bench"})
    lines = [{"key": "header", "value": {"summary": "files"}}]
    for path in ("config.json", "a/b/c/deep.json"):
        lines.append(
            {"key": "file", "value": {"path": path, "content": "e30=", "encoding": "base64"}}
        )
    body = "\n".join(map(json.dumps, lines))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    connection.request("POST", "/api/models/maker/bench/commit/main", body, headers)
    answer = connection.getresponse()
    assert answer.status == 200
    return str(json.loads(answer.read())["commitOid"])


def requests_a_second(server: Server, token: str, method: str, path: str) -> tuple[float, float]:
    """Return (requests a wall second, requests a CPU second of the server): medians of rounds."""
    pids = [child.pid for child in server.children]
    connection = HTTPConnection("localhost", server.port)
    walls, cores = [], []
    for _round in range(ROUNDS):
        wall, cpu = time.perf_counter(), cpu_seconds(pids)
        for _request in range(REQUESTS):
            ask(connection, method, path, token)
        walls.append(REQUESTS / (time.perf_counter() - wall))
        cores.append(REQUESTS / max(cpu_seconds(pids) - cpu, 1e-9))
    return statistics.median(walls), statistics.median(cores)


def upload(server: Server, token: str) -> tuple[float, float]:
    """Return (MB a second, CPU seconds a GB) of one large file by LFS."""
    content = os.urandom(2**20) * (UPLOAD_BYTES // 2**20)
    oid = hashlib.sha256(content).hexdigest()
    connection = HTTPConnection("localhost", server.port)
    offer = {"operation": "upload", "objects": [{"oid": oid, "size": len(content)}]}
    told = ask(connection, "POST", "/maker/bench.git/info/lfs/objects/batch", token, offer)
    href = told["objects"][0]["actions"]["upload"]["href"]
    pids = [child.pid for child in server.children]
    wall, cpu = time.perf_counter(), cpu_seconds(pids)
    sending = HTTPConnection("localhost", server.content_port)
    sending.request("PUT", href.removeprefix(server.content_url), content)
    assert sending.getresponse().status == 200
    seconds = time.perf_counter() - wall
    used = cpu_seconds(pids) - cpu
    return len(content) / 1e6 / seconds, used / (len(content) / 1e9)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-hub-") as folder:
        template = make_template(Path(folder) / "template")
        limits = {"COMMONHOLD_RATE_API": "100000000", "COMMONHOLD_RATE_RESOLVERS": "100000000"}
        with serving(template, Path(folder) / "data", **limits) as server:
            token = server.people.maker.write_token
            head = prepare(server, token)
            doors: list[tuple[str, Callable[[], tuple[float, float]]]] = [
                (
                    f"{method} {path}",
                    lambda m=method, p=path: requests_a_second(server, token, m, p),
                )
                for method, path in (
                    ("HEAD", "/maker/bench/resolve/main/config.json"),
                    ("HEAD", f"/maker/bench/resolve/{head}/config.json"),
                    ("HEAD", "/maker/bench/resolve/main/a/b/c/deep.json"),
                    ("GET", "/api/models/maker/bench"),
                    ("GET", "/api/models/maker/bench/tree/main?recursive=true"),
                )
            ]
            for name, measure in doors:
                wall, core = measure()
                print(f"| {name} | {wall:.0f} requests/s | {core:.0f} requests/CPU s |")
            speed, cost = upload(server, token)
            print(f"| LFS upload of 256 MiB | {speed:.0f} MB/s | {cost:.2f} CPU s/GB |")


if __name__ == "__main__":
    main()
