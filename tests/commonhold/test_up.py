"""`./commonhold up` from a clone of the committed tree: the first of the two commands.

The tests of the module share one installation and one data folder, and run in order: the first
start makes everything, the last ones stop and start it again.
"""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.site.launch import demo
from tests.support.bootstrap import (
    Browser,
    Up,
    answers,
    clone,
    eventually,
    free_ports,
    manage,
    once,
    running,
)

pytestmark = pytest.mark.bootstrap

INSTALL_SECONDS = 900
CHILDREN = {"valkey", "pages", "transfers", "default", "cpu", "beat"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clone(tmp_path_factory.mktemp("clone") / "commonhold")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("installation") / "var"


@pytest.fixture(scope="module")
def up(tree: Path, data: Path) -> Iterator[Up]:
    with running(tree, data) as portal:
        portal.wait_for("Commonhold runs at", INSTALL_SECONDS)
        yield portal.wait_until_ready()


def alive(pid: int) -> bool:
    """Say whether a process runs; a zombie does not."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_it_says_where_it_runs_who_may_sign_in_and_what_to_try(up: Up):
    text = "\n".join(up.lines)
    assert f"Commonhold runs at {up.url}" in text
    for person in demo.people(up.data).values():
        assert person["username"] in text
        assert person["password"] in text
    assert all(f"    {number}. " in text for number in (1, 2, 3))


def test_everything_it_writes_is_in_a_folder_of_its_owner(up: Up, tree: Path):
    assert up.data.stat().st_mode & 0o777 == 0o700
    words = ["git", "-C", str(tree), "status", "--porcelain"]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == ""


def test_both_ports_answer_on_both_loopback_addresses(up: Up):
    assert set(up.children()) == CHILDREN
    assert answers(up.port)
    assert answers(up.port + 1)


def test_a_demo_person_signs_in(up: Up):
    maker = demo.people(up.data)["maker"]
    browser = Browser()
    page = browser.submit(
        f"{up.url}/accounts/login/", login=maker["username"], password=maker["password"]
    )
    assert "/accounts/logout/" in page
    assert "/accounts/logout/" in browser.get(f"{up.url}/")


def test_the_code_command_prints_the_current_code_of_a_demo_person(up: Up, tree: Path):
    printed = once(tree, "code", "admin", "--data", str(up.data))
    assert re.fullmatch(r"\d{6}\n", printed.stdout), printed.stderr
    refused = once(tree, "code", "nobody", "--data", str(up.data))
    assert refused.returncode == 1
    assert "There is no demo person 'nobody'" in refused.stderr


def test_the_mail_of_a_sign_up_is_in_the_log(up: Up):
    before = len(up.lines)
    Browser().submit(
        f"{up.url}/accounts/signup/",
        username="newcomer",
        email="newcomer@example.org",
        password1="a-long-enough-secret",
        age_ok="on",
        terms="on",
    )
    up.wait_for(r"^mail +\| to newcomer@example\.org", 15, after=before)
    up.wait_for(rf"^mail +\|.*{up.url}/accounts/confirm-email/", 5, after=before)


def test_no_web_process_has_torch_in_its_memory(up: Up):
    for name in ("pages", "transfers"):
        leader = up.children()[name]
        workers = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        assert workers
        for pid in (leader, *workers):
            assert "/torch/" not in Path(f"/proc/{pid}/maps").read_text()


def test_the_doctor_finds_nothing_wrong_with_a_running_portal(up: Up, tree: Path):
    said = once(tree, "doctor", "--data", str(up.data), "--port", str(up.port))
    rows = dict(re.findall(r"^  ok +([\w ]+): (.*)$", said.stdout, re.M))
    parts = {"platform", "packages", "disk", "ports", "valkey", "database", "clock", "broker"}
    assert parts | {"jobs", "mail", "log key", "checks"} <= set(rows), said.stdout + said.stderr
    assert up.url in rows["ports"]
    assert "WRONG" not in said.stdout
    assert said.returncode == 0


def test_a_second_up_on_the_same_folder_is_refused_in_one_sentence(up: Up, tree: Path):
    second = once(tree, "up", "--data", str(up.data), "--port", str(free_ports()))
    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert f"already runs from {up.data} at {up.url}" in second.stderr
    assert answers(up.port)


@pytest.mark.parametrize("offset", [0, 1])
def test_a_port_in_use_is_refused_in_one_sentence(up: Up, tree: Path, tmp_path: Path, offset: int):
    refused = once(tree, "up", "--data", str(tmp_path), "--port", str(up.port - offset))
    taken = up.port
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Port {taken} is in use:"), refused.stderr
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", sorted(CHILDREN))
def test_a_killed_child_is_started_again(up: Up, name: str):
    killed = up.children()[name]
    os.kill(killed, signal.SIGKILL)
    up.wait_for(rf"^{name} +\| was killed by SIGKILL; starting it again", 10)
    assert eventually(lambda: up.children()[name] != killed, 40)
    assert eventually(lambda: answers(up.port) and answers(up.port + 1), 20)
    assert not alive(killed)


def test_jobs_still_run_after_every_child_was_killed(up: Up):
    before = len(up.lines)
    maker = demo.people(up.data)["maker"]
    Browser().submit(f"{up.url}/accounts/password/reset/", email=maker["email"])
    up.wait_for(r"^mail +\|", 60, after=before)


def test_ctrl_c_stops_everything(up: Up):
    pids = up.children()
    assert up.stop(signal.SIGINT) == 0, up.log()
    assert not any(alive(pid) for pid in pids.values())
    assert not answers(up.port)
    assert "Stopped." in up.lines[-1]
    assert not (up.data / "run" / "up.json").exists()


def test_the_second_start_answers_within_five_seconds(up: Up, tree: Path):
    """Runs after the stop above; the demo and the packages are there already.

    The best of three: what else this machine does is not ours.
    """
    seen = []
    for _attempt in range(3):
        with running(tree, up.data, port=up.port) as again:
            first = float(again.wait_for(r"first page answered after ([\d.]+) s", 60)[1])
            ready = float(again.wait_for(r"all parts are ready after ([\d.]+) s", 60)[1])
            assert not any(line.startswith(("setup", "demo")) for line in again.lines)
            assert again.stop(signal.SIGTERM) == 0
        seen.append((first, ready))
        if first <= 5 and ready <= 15:
            return
    raise AssertionError(f"seconds to the first page, and until all are ready: {seen}")


def test_children_do_not_outlive_a_killed_supervisor(up: Up, tree: Path):
    """Not even the worker that has the demo's training in hand, which takes minutes."""
    with running(tree, up.data, port=up.port) as again:
        again.wait_until_ready()
        pids = again.children()
        again.stop(signal.SIGKILL)
        assert eventually(lambda: not any(alive(pid) for pid in pids.values()), 20)
    with running(tree, up.data, port=up.port) as healed:
        healed.wait_until_ready()


def test_one_port_serves_both_sides(up: Up, tree: Path):
    with running(tree, up.data, "--one-port", port=up.port) as alone:
        alone.wait_until_ready()
        assert set(alone.children()) == CHILDREN - {"transfers"}
        assert answers(alone.port)


def test_without_demo_nobody_is_there(tree: Path, tmp_path: Path):
    with running(tree, tmp_path / "var", "--no-demo") as bare:
        bare.wait_until_ready()
        assert demo.people(bare.data) == {}
        assert any("create_member HANDLE EMAIL --superuser" in line for line in bare.lines)


def test_demo_people_never_meet_the_public(tree: Path, tmp_path: Path):
    refused = once(
        tree, "up", "--data", str(tmp_path), "--public-url", "https://a.example", "--one-port"
    )
    assert refused.returncode == 1
    assert "add --no-demo" in refused.stderr


def test_seeding_again_changes_nothing_but_the_tokens(up: Up, tree: Path):
    """`manage.py` needs no more than the data folder to speak of the addresses that were served."""
    kept = json.loads(demo.cast_file(up.data).read_text())
    assert demo.cast_file(up.data).stat().st_mode & 0o777 == 0o600
    again = json.loads(manage(tree, up.data, "seed_demo", "--json"))
    assert set(again) == {"base_url", "content_url", "people"}
    assert again["base_url"] == up.url
    assert again["content_url"] in (up.url, f"http://localhost:{up.port + 1}")  # as last served
    for name, person in kept["people"].items():
        tokens = {"read_token", "write_token"}
        assert set(person) == {"username", "password", "email", "totp_secret", *tokens}
        assert {k for k in person if again["people"][name][k] != person[k]} == tokens, name
