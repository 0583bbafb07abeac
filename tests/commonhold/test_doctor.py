"""`./commonhold doctor` as a whole: a row for each part, and one that says what to do."""

import argparse
import re
import shutil
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from finetuning.evaluation import availability
from portal.site import diagnosis
from portal.site.launch import Trouble, doctor, install, state, valkey
from portal.site.launch.places import ROOT
from tests.support.bootstrap import free_ports, once

PARTS = {"platform", "packages", "disk", "ports", "valkey", "database"}
Usage = namedtuple("Usage", "total used free")


def asked(data: Path, port: int) -> argparse.Namespace:
    return argparse.Namespace(data=str(data), port=port)


def question(part: str, data: Path, port: int = 8000) -> str:
    return doctor._questions(asked(data, port))[part]()


def test_an_empty_folder_is_told_to_be_set_up(tmp_path):
    """The real command. Without tables the parts behind the database are not asked."""
    said = once(ROOT, "doctor", "--data", str(tmp_path), "--port", str(free_ports()))
    rows = dict(re.findall(r"^  (?:ok|WRONG) +([\w ]+): (.*)$", said.stdout, re.M))
    assert set(rows) == PARTS, said.stdout + said.stderr
    assert "migrations are not applied" in rows["database"]
    assert "./commonhold up" in said.stdout
    assert said.returncode == 1


def test_a_port_that_somebody_has_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        with pytest.raises(Trouble, match="is in use"):
            question("ports", tmp_path, taken.getsockname()[1])


def test_the_ports_of_a_running_portal_are_its_own(tmp_path):
    with state.alone(tmp_path):
        state.write(tmp_path, {"url": "http://localhost:8000", "pid": 1, "children": {}})
        assert "runs at http://localhost:8000" in question("ports", tmp_path)


def test_what_a_killed_portal_left_behind_is_not_taken_for_one_that_runs(tmp_path):
    with state.alone(tmp_path):
        pass
    state.write(tmp_path, {"url": "http://localhost:8000", "pid": 1, "children": {}})
    assert "are free" in question("ports", tmp_path, free_ports())


def test_a_full_disk_is_named_with_what_is_needed(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(2**40, 2**40, 2**20))
    with pytest.raises(Trouble, match=r"0\.0 GiB free, and a running portal needs 0\.5 GiB"):
        question("disk", tmp_path)


def test_packages_that_are_not_what_the_lock_says_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(install, "STAMP", tmp_path / "no-stamp.json")
    with pytest.raises(Trouble, match="installs it"):
        question("packages", tmp_path)


def test_a_machine_without_any_broker_is_told_where_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(Trouble, match="COMMONHOLD_BROKER_URL"):
        valkey.program(tmp_path)


@pytest.mark.django_db
def test_a_machine_without_a_sandbox_is_told_that_evaluation_is_off(monkeypatch):
    monkeypatch.setattr(availability, "works", lambda: False)
    monkeypatch.setattr(availability, "complaints", lambda: ["bubblewrap: no user namespaces."])
    [row] = [found for found in diagnosis.system_checks() if "sandbox" in found.text]
    assert "bubblewrap: no user namespaces." in row.text
    assert "Allow unprivileged user namespaces" in row.remedy
