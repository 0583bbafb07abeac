"""Where things are: the tree, the virtual environment, the data folder."""

import hashlib
import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
VENV = Path(os.environ.get("COMMONHOLD_VENV", ROOT / ".venv")).absolute()
PYTHON = VENV / "bin" / "python"
ASSETS = VENV / "assets"
PEERS = VENV / "peers" / "bin" / "python"  # counters that others wrote, in their own environment

# The longest address of a unix socket is 107 bytes on Linux and 103 on macOS.
LONGEST_SOCKET = 100


def data_folder(named: str | None = None) -> Path:
    """Return the data folder: what was named, else $COMMONHOLD_DATA, else `var` in the tree."""
    return Path(named or os.environ.get("COMMONHOLD_DATA") or ROOT / "var").resolve()


def broker_socket(data: Path) -> Path:
    """Return where the embedded Valkey of this data folder listens.

    That is in the data folder, unless its path is too long for a socket: then a folder of our
    own in the system's temporary folder, the same for every process of this user.
    """
    within = data / "run" / "valkey.sock"
    if len(os.fsencode(within)) <= LONGEST_SOCKET:
        return within
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"commonhold-{os.getuid()}-{digest}" / "valkey.sock"


def make_private(folder: Path) -> Path:
    """Make a folder that only its owner may enter, or make it so."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid == os.getuid():
        folder.chmod(0o700)
    return folder
