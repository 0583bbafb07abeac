"""The Hub clients that people have, each in an environment of its own.

Made once by pip under the assets and kept; torch is lent by our own environment, since a second
copy would only cost disk. Where the package index cannot be reached, the tests say so and skip.
"""

import fcntl
import hashlib
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import pytest
from django.conf import settings

FOLDER = Path(settings.ASSETS_DIR) / "clients"
COMMON = ["pyarrow==26.0.1", "pandas==3.1.1", "Jinja2==3.1.6"]
OF_TORCH = ["filelock", "sympy==1.14.0", "networkx"]


@dataclass(frozen=True)
class Version:
    """One version of the client, with the libraries that stand on it. `pip`: other pins."""

    hub: str
    transformers: str
    datasets: str
    pip: tuple[str, ...] = ()

    @property
    def requirements(self) -> list[str]:
        ours = [f"huggingface_hub=={self.hub}", f"transformers=={self.transformers}"]
        return [*ours, f"datasets=={self.datasets}", *COMMON, *self.pip]

    @property
    def folder(self) -> Path:
        pins = hashlib.sha256(" ".join(self.requirements).encode()).hexdigest()[:8]
        return FOLDER / f"{self.hub}-{pins}"


VERSIONS = {
    "2.4.0": Version("2.4.0", "5.23.0", "5.2.0"),
    "1.33.0": Version("1.33.0", "5.23.0", "5.2.0"),
    "0.36.2": Version("0.36.2", "4.57.6", "5.0.1", ("requests==2.34.2",)),
}


def python_with(version: Version) -> str:
    """Return the Python of the environment with this client; made if it is not there."""
    folder = version.folder
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            _make(version, folder)
    return str(folder / "bin" / "python")


def _make(version: Version, folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q"]
    done = subprocess.run(
        [*pip, "--disable-pip-version-check", *version.requirements, *OF_TORCH],
        capture_output=True,
        text=True,
        timeout=900,
    )
    if done.returncode:
        pytest.skip(f"huggingface_hub {version.hub} cannot be installed: {done.stderr[-200:]}")
    _lend_torch(folder)
    (folder / "complete").touch()


def _lend_torch(folder: Path) -> None:
    torch = distribution("torch")
    site = next((folder / "lib").glob("python*/site-packages"))
    names = {str(path.parts[0]) for path in torch.files or [] if path.parts[0] not in ("..",)}
    for name in names:
        (site / name).symlink_to(Path(str(torch.locate_file(name))))
