"""nginx as `deploy/nginx.conf` has it, before a portal of a test: its own words, other places."""

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.support.server import ROOT, Server, free_port

KEY = "a-key-of-this-test"
AROUND = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{ access_log off; sendfile on; client_body_temp_path {folder}/tmp;
  proxy_temp_path {folder}/tmp; fastcgi_temp_path {folder}/tmp; uwsgi_temp_path {folder}/tmp;
  scgi_temp_path {folder}/tmp;
{servers}
}}
"""


def configured(server: Server, pages: int, transfers: int) -> str:
    """Return the servers of `deploy/nginx.conf` for this portal, without TLS, on these ports."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = text[: text.rindex("server {")]  # the last one sends http to https
    text = re.sub(r"^\s*(ssl_|listen \[).*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"add_header Strict-Transport.*\n", "", text)
    for port, name in ((pages, "models.example.org"), (transfers, "content.example.org")):
        text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};", 1)
        text = text.replace(f"server_name {name};", "server_name localhost;")
    text = text.replace("127.0.0.1:8000;", f"127.0.0.1:{server.port};")
    text = text.replace("127.0.0.1:8001;", f"127.0.0.1:{server.content_port};")
    text = text.replace("$host;", "$http_host;")  # the tests' ports are part of the name
    text = text.replace("/var/lib/commonhold/content", str(server.data / "content"))
    return text.replace("CHANGE-THIS-KEY", KEY)


@contextlib.contextmanager
def before(server: Server, folder: Path, pages: int, transfers: int) -> Iterator[int]:
    """Run nginx before a portal until the block ends; yield its process id."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    (folder / "tmp").mkdir(parents=True)
    (server.data / "content" / "incoming").mkdir(parents=True, exist_ok=True)
    owner = "user root;" if os.geteuid() == 0 else ""
    servers = configured(server, pages, transfers)
    config = folder / "nginx.conf"
    config.write_text(owner + AROUND.format(folder=folder, servers=servers))
    words = ["nginx", "-p", str(folder), "-c", str(config), "-e", str(folder / "start.log")]
    with (folder / "out.log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
    try:
        _wait(process, transfers, folder)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx2.HTTPError):  # as clients go there: it may be another's port
            answer = httpx2.get(f"http://localhost:{port}/", timeout=5)
            if answer.headers.get("Server", "").startswith("nginx"):
                return
        time.sleep(0.05)
    raise RuntimeError("\n".join(path.read_text() for path in folder.glob("*.log")))


def environment() -> tuple[dict[str, str], int]:
    """Return what a portal needs that has nginx before its transfer side, and nginx's port."""
    port = free_port()
    ours = {"COMMONHOLD_NGINX_KEY": KEY, "COMMONHOLD_CONTENT_URL": f"http://localhost:{port}"}
    return ours, port
