"""What a process inside can reach: its inputs, its scratch, its outputs, and nothing else."""

import json
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from finetuning import sandbox
from finetuning.evaluation import steps
from finetuning.sandbox import Mechanism
from tests.finetuning.sandbox.snippets import task

ATTEMPTS = """
def attempt(act):
    try:
        act()
    except OSError as error:
        return error.__class__.__name__
    return "done"
"""


def answered(code: str, tmp_path: Path, mechanism: Mechanism, **inputs: Path) -> dict:
    answer = tmp_path / "answer"
    outcome = sandbox.run(task(ATTEMPTS + code, inputs=inputs, answer=answer), using=mechanism)
    assert outcome.ok, outcome.said
    found: dict = json.loads(answer.read_text())
    return found


def test_labels_outside_cannot_be_opened(tmp_path: Path, mechanism: Mechanism) -> None:
    """Scenario 14: neither by the host's path nor beside the input."""
    labels, tokens = tmp_path / "gold.jsonl", tmp_path / "items.jsonl"
    labels.write_text("B-person")
    tokens.write_text("Ada")
    code = f"""
answer({{
    "labels": attempt(lambda: open({str(labels)!r}).read()),
    "beside": attempt(lambda: open(given["items"].rsplit("/", 1)[0] + "/gold.jsonl").read()),
    "tokens": open(given["items"]).read(),
}})"""
    found = answered(code, tmp_path, mechanism, items=tokens)
    assert found["tokens"] == "Ada"
    assert found["labels"] != "done"
    assert found["beside"] != "done"


def test_there_is_no_network_but_lo(tmp_path: Path, mechanism: Mechanism) -> None:
    """Scenario 14."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"""
def connect(*address):
    return attempt(lambda: socket.create_connection(address, timeout=0.5).close())
answer({{
    "interfaces": [name for _, name in socket.if_nameindex()],
    "ours": connect("127.0.0.1", {port}),
    "world": connect("1.1.1.1", 53),
    "metadata": connect("169.254.169.254", 80),
}})"""
        found = answered(code, tmp_path, mechanism)
    assert found["interfaces"] in (["lo"], [])
    assert "done" not in (found["ours"], found["world"], found["metadata"])


def test_the_hosts_environment_is_gone(
    tmp_path: Path, mechanism: Mechanism, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scenario 14: six variables, and none of the host's."""
    monkeypatch.setenv("COMMONHOLD_TEST_SECRET", "hunter2")
    code = """
seen = {}
for entry in os.listdir("/proc"):
    if entry.isdigit():
        try:
            seen[entry] = open(f"/proc/{entry}/environ").read()
        except OSError:
            pass
answer({"names": sorted(os.environ), "seen": seen, "uid": os.getuid()})"""
    found = answered(code, tmp_path, mechanism)
    assert len(found["names"]) == 6
    assert "hunter2" not in json.dumps(found["seen"])
    assert found["uid"] == 65534


def test_nothing_given_can_be_changed(tmp_path: Path, mechanism: Mechanism) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "weights").write_text("weights")
    code = """
path = given["model"]
answer({
    "append": attempt(lambda: open(path + "/weights", "a").write("x")),
    "create": attempt(lambda: open(path + "/new", "w")),
    "remove": attempt(lambda: os.unlink(path + "/weights")),
    "chmod": attempt(lambda: os.chmod(path + "/weights", 0o777)),
})"""
    found = answered(code, tmp_path, mechanism, model=model)
    # Landlock has no right for chmod; the owner's own mode bits change nothing it may do.
    found.pop("chmod") if mechanism.name != "bubblewrap" else None
    assert "done" not in found.values()
    assert (model / "weights").read_text() == "weights"


def test_only_the_bounded_scratch_can_be_written(tmp_path: Path, mechanism: Mechanism) -> None:
    code = """
def fill(place):
    with open(place + "/filler", "wb") as file:
        for _ in range(80):
            file.write(bytes(2**20))
answer({
    "small": attempt(lambda: open(os.environ["TMPDIR"] + "/small", "w").write("x")),
    "full": attempt(lambda: fill(os.environ["TMPDIR"])),
    "root": attempt(lambda: open("/filler", "w")),
    "shared": attempt(lambda: fill("/dev/shm")),
    "usr": attempt(lambda: open("/usr/filler", "w")),
})"""
    answer = tmp_path / "answer"
    limited = task(ATTEMPTS + code, answer=answer, scratch_bytes=32 * 2**20)
    outcome = sandbox.run(limited, using=mechanism)
    assert outcome.ok, outcome.said
    found = json.loads(answer.read_text())
    assert found.pop("small") == "done"
    assert "done" not in found.values()


def test_a_file_cannot_grow_past_its_limit(tmp_path: Path, mechanism: Mechanism) -> None:
    answer = tmp_path / "answer"
    code = 'os.write(outputs["answer"], bytes(2**20)); os.write(outputs["answer"], b"x")'
    outcome = sandbox.run(task(code, answer=answer, file_bytes=2**20), using=mechanism)
    assert outcome.ending is sandbox.Ending.CRASHED
    assert answer.stat().st_size == 2**20


def test_the_hosts_processes_are_neither_seen_nor_hit(tmp_path: Path, mechanism: Mechanism) -> None:
    code = f"""
answer({{
    "seen": [name for name in os.listdir("/proc") if name.isdigit()],
    "hit": attempt(lambda: os.kill({os.getpid()}, 0)),
}})"""
    found = answered(code, tmp_path, mechanism)
    assert len(found["seen"]) <= 4
    assert found["hit"] != "done"


def test_no_new_user_namespace_opens_inside(tmp_path: Path) -> None:
    found = answered(
        """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
answer({"unshare": libc.unshare(0x10000000)})""",
        tmp_path,
        sandbox.mechanisms.candidates()[0],
    )
    assert found["unshare"] == -1


def test_where_no_mechanism_holds_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.mechanisms, "candidates", lambda: [])
    sandbox.probe_all.cache_clear()
    try:
        with pytest.raises(sandbox.Unavailable):
            sandbox.run(task("pass"))
    finally:
        sandbox.probe_all.cache_clear()


def test_a_mechanism_that_leaks_is_not_chosen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Leaky:
        """Runs the command as it is, behind no wall at all."""

        name = "leaky"

        def inside(self, name: str, path: Path) -> str:
            return str(path)

        def command(self, given: sandbox.Task, tail: list[str], directory: Path) -> list[str]:
            import sys

            return ["/usr/bin/env", f"TMPDIR={directory}", sys.executable, *given.arguments, *tail]

    complaint = sandbox.mechanisms.probe(Leaky())
    assert "a file outside can be read" in complaint
    assert "its input can be changed" in complaint
    assert "the host's processes are seen" in complaint


@pytest.mark.parametrize("devices", [(), (Path("/dev/null"),)], ids=["processor", "card"])
def test_the_kernels_settings_cannot_be_changed(
    tmp_path: Path, mechanism: Mechanism, devices: tuple[Path, ...]
) -> None:
    """Not even where the portal runs as root: the kernel takes this process for root as well."""
    code = """
writable = []
for folder, folders, files in os.walk("/proc"):
    if folder == "/proc":
        folders[:] = [name for name in folders if not name.isdigit()]
    for name in files:
        path = folder + "/" + name
        try:
            if os.stat(path).st_mode & 0o222:
                os.close(os.open(path, os.O_WRONLY))
                writable.append(path)
        except OSError:
            pass
answer(writable)"""
    answer = tmp_path / "answer"
    outcome = sandbox.run(replace(task(code, answer=answer), devices=devices), using=mechanism)
    assert outcome.ok, outcome.said
    assert json.loads(answer.read_text()) == []


def test_what_runs_on_a_card_may_name_its_threads(tmp_path: Path, mechanism: Mechanism) -> None:
    """CUDA does at its start, and gives up where it may not."""
    code = """
import threading
path = f"/proc/self/task/{threading.get_native_id()}/comm"
answer({
    "named": attempt(lambda: open(path, "w").write("cuda")),
})"""
    answer = tmp_path / "answer"
    given = replace(task(ATTEMPTS + code, answer=answer), devices=(Path("/dev/null"),))
    assert sandbox.run(given, using=mechanism).ok
    assert json.loads(answer.read_text()) == {"named": "done"}


def test_torchs_compiler_is_imported_where_the_user_has_no_name(
    tmp_path: Path, mechanism: Mechanism
) -> None:
    """With a graphics card, the models' library imports it."""
    code = (
        "from finetuning.runners.__main__ import name_caches; name_caches()\nimport torch._dynamo"
    )
    given = replace(task(code, wall_s=120), code=steps.code(tmp_path))
    outcome = sandbox.run(given, using=mechanism)
    assert outcome.ok, outcome.said
