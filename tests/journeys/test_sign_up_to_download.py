"""Journey 1: sign up, read and accept a licence, download a gated model; and lose it again.

Real parts only: Chromium, gunicorn, the demo's gated MiniLM, and the commands of the README in a
shell of their own, with nothing of ours but `HF_ENDPOINT` and a token.
"""

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from django.conf import settings

from tests.browser.conftest import Watched, browser_type_launch_args, visitor
from tests.browser.steps import join, make_token, submit
from tests.support.client import HubClient
from tests.support.server import ROOT, Server

__all__ = ["browser_type_launch_args", "visitor"]
pytestmark = pytest.mark.browser
GATED = "openweights-lab/minilm-l6-further"
# A download asks by HEAD first: what the client shows stands in a header, which has no Chinese.
IN_TERMINAL = f"{GATED} is a gated repo: licence version 1"
IN_BODY = {"en": "is a gated repo: licence version 1", "zh": "是受限仓库：尚未同意"}


@pytest.fixture(scope="module")
def portal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A portal as `./commonhold up` makes it: migrated, prepared, with the demo seeded."""
    if not (Path(settings.ASSETS_DIR) / "minilm").exists():
        pytest.skip("MiniLM is not installed under ASSETS_DIR")
    server = Server(tmp_path_factory.mktemp("portal") / "data")
    server.data.mkdir(mode=0o700)
    manage(server, "migrate", "--verbosity=0")
    manage(server, "prepare")
    seeded = json.loads(manage(server, "seed_demo", "--json"))
    (server.data / "cast.json").write_text(json.dumps(seeded["people"]))
    try:
        yield server.start()
    finally:
        server.stop()


def manage(server: Server, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *words],
        cwd=ROOT,
        env=server.environment,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def commands() -> list[str]:
    """Return the lines of the README's block on how to download a gated model."""
    section = (ROOT / "README.md").read_text().split("## Download a gated model")[1]
    block = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert block is not None
    return block.group(1).strip().splitlines()


def download(
    server: Server, home: Path, handle: str, token: str = ""
) -> subprocess.CompletedProcess:
    """Run the README's commands as `handle`; with `token`, the line that issues one is left out."""
    lines = [line for line in commands() if not (token and line.startswith("export HF_TOKEN"))]
    assert any(GATED in line for line in lines)
    script = "\n".join(lines).replace("issue_token maker", f"issue_token {handle}")
    script = script.replace("http://localhost:8000", server.url)
    script = script.replace(".venv/bin/python", f"{sys.executable} -W ignore")
    home.mkdir(exist_ok=True)
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "COMMONHOLD"))}
    ours = {key: server.environment[key] for key in server.environment.keys() - os.environ.keys()}
    ours["COMMONHOLD_DATA"] = str(server.data)
    return subprocess.run(
        ["bash", "-euc", script],
        cwd=ROOT,
        env=clean | ours | {"HF_HOME": str(home)} | ({"HF_TOKEN": token} if token else {}),
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_from_nobody_to_a_gated_model(
    visitor, portal_server: Server, tmp_path: Path, language: str
) -> None:
    watched: Watched = visitor(language)
    handle = "newcomer" + secrets.token_hex(3)
    join(watched, handle)

    refused = download(portal_server, tmp_path / "before", handle)
    assert refused.returncode != 0
    assert "GatedRepoError" in refused.stderr, refused.stderr
    assert IN_TERMINAL in refused.stderr, refused.stderr
    where = re.search(rf"{portal_server.url}(/agree/\S+)", refused.stderr)
    assert where is not None, refused.stderr

    token = make_token(watched)
    told = httpx2.get(
        f"{portal_server.url}/{GATED}/resolve/main/config.json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert IN_BODY[language] in told.json()["error"]
    accept_the_licence(watched, where.group(1))
    given = download(portal_server, tmp_path / "after", handle, token)
    assert given.returncode == 0, given.stderr
    assert "BertConfig" in given.stdout

    withdraw(watched)
    again = download(portal_server, tmp_path / "withdrawn", handle, token)
    assert again.returncode != 0 and "GatedRepoError" in again.stderr, again.stderr
    kept = HubClient(portal_server, token)  # and so is a client that had the files
    assert kept.fails(f"hf_hub_download({GATED!r}, 'config.json')").kind == "GatedRepoError"
    private_looks_missing(portal_server, token)


def accept_the_licence(watched: Watched, asked_at: str) -> None:
    """Go from the model's page to its licence, as the terminal's sentence does; accept it."""
    page = watched.open(f"/{GATED}")
    watched.check()
    button = page.locator("main a[href*='/agree/']").first
    assert (button.get_attribute("href") or "").split("?")[0] == asked_at.split("?")[0]
    with page.expect_navigation():
        button.click()
    watched.check()
    box = page.locator("[name=agree]")
    assert not box.is_checked()
    box.check()
    page.locator("[name=purpose][value=research]").check()
    submit(watched)
    watched.check()
    assert page.url == f"{watched.server.url}/{GATED}"
    assert page.locator("main a[href*='/agree/']").count() == 0


def withdraw(watched: Watched) -> None:
    """End the newest acceptance under Agreements."""
    page = watched.open("/settings/agreements")
    watched.check()
    with page.expect_navigation():
        page.locator("main a[href$='/withdraw']").first.click()
    watched.check()
    submit(watched)


def private_looks_missing(server: Server, token: str) -> None:
    maker = HubClient(server, server.people.maker.write_token, xet=False)
    maker.call("HfApi().create_repo('unseen', private=True, exist_ok=True)")
    reader = HubClient(server, token)
    told = [reader.fails(f"hf_hub_download('maker/{n}', 'x')") for n in ("unseen", "absent")]
    texts = {
        re.sub("Request ID: [^)]*", "", error.text).replace(name, "NAME")
        for name, error in zip(("unseen", "absent"), told, strict=True)
    }
    assert [error.kind for error in told] == ["RepositoryNotFoundError"] * 2
    assert len(texts) == 1, texts
