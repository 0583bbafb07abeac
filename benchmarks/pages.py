"""What a page and an API view cost: requests a CPU second of the server's processes.

    .venv/bin/python -m benchmarks.pages

Runs a real portal (one gunicorn process a side) on a folder of its own; loopback only, one
connection that stays open. The doors take turns, so that what else the machine does is shared.
"""

import statistics
import tempfile
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from re import search
from urllib.parse import urlencode

from benchmarks.hub import cpu_seconds
from tests.support.server import Server, make_template, serving

ROUNDS, REQUESTS = 7, 60
FREE = {"COMMONHOLD_RATE_REST_PERSON": "100000/s", "COMMONHOLD_RATE_REST_ADDRESS": "100000/s"}
Headers = dict[str, str]


def ask(connection: HTTPConnection, path: str, headers: Headers) -> None:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {content[:300]!r}")


def sign_in(server: Server) -> str:
    """Sign maker in through the form; return the Cookie header."""
    connection = HTTPConnection("localhost", server.port)
    connection.request("GET", "/accounts/login/")
    answer = connection.getresponse()
    cookies, page = SimpleCookie(answer.headers["Set-Cookie"]), answer.read().decode()
    token = search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    maker = server.people.maker
    form = {"login": maker.username, "password": maker.password, "csrfmiddlewaretoken": token[1]}
    sent = {"Cookie": _sent(cookies), "Referer": f"{server.url}/accounts/login/"}
    sent["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request("POST", "/accounts/login/", urlencode(form), sent)
    answer = connection.getresponse()
    for value in answer.headers.get_all("Set-Cookie") or []:
        cookies.load(value)
    assert answer.status == 302, answer.read()
    return _sent(cookies)


def _sent(cookies: SimpleCookie) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-pages-") as folder:
        template = make_template(Path(folder) / "template")
        with serving(template, Path(folder) / "data", **FREE) as server:
            bearer = {"Authorization": f"Bearer {server.people.maker.read_token}"}
            doors: dict[str, tuple[str, Headers]] = {
                "first page, anonymous": ("/", {}),
                "first page, signed in": ("/", {"Cookie": sign_in(server)}),
                "log page, 30 events, anonymous": ("/log", {}),
                "API: GET /api/v1/me by token": ("/api/v1/me", bearer),
                "API: GET /api/v1/people, anonymous": ("/api/v1/people", {}),
                "healthz: the whole chain, no work": ("/healthz", {}),
            }
            seen = measure(server, doors)
        for name, costs in seen.items():
            middle = statistics.median(costs)
            print(f"| {name} | {1 / middle:.0f} requests/CPU s | {middle * 1000:.2f} ms CPU |")


def measure(server: Server, doors: dict[str, tuple[str, Headers]]) -> dict[str, list[float]]:
    """Return CPU seconds a request of each door, a value a round."""
    pids = [child.pid for child in server.children]
    connection = HTTPConnection("localhost", server.port)
    seen: dict[str, list[float]] = {name: [] for name in doors}
    for round_number in range(ROUNDS + 1):
        for name, (path, headers) in doors.items():
            before = cpu_seconds(pids)
            for _request in range(REQUESTS):
                ask(connection, path, headers)
            if round_number:  # the first one fills caches
                seen[name].append((cpu_seconds(pids) - before) / REQUESTS)
    return seen


if __name__ == "__main__":
    main()
