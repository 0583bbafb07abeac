"""Gather every translatable sentence into the catalogues: `python -m portal.site.extraction`.

Needs gettext (Debian: `gettext`). Run it after changing a sentence; a test fails when somebody did
not. Entries carry the file they come from, no line number, so that a diff shows words only.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("portal", "governance", "models_registry", "finetuning", "templates")
LOCALES = ("zh_Hans",)
BUILT = shutil.ignore_patterns("*.pyc", "*.mo", "__pycache__")
DATE = re.compile(rb'^"POT-Creation-Date: .*\n', re.MULTILINE)


def extract(root: Path = ROOT) -> list[Path]:
    """Update the catalogues under `root/locale` from the sources beside it; return their paths.

    Raises `RuntimeError` with gettext's words when a source cannot be read.
    """
    if shutil.which("xgettext") is None:
        raise RuntimeError("gettext is not installed: apt-get install gettext")
    with tempfile.TemporaryDirectory() as copy:
        # In a copy: makemessages reads all it finds below, and ignores by bare names only.
        for name in (*SOURCES, "locale"):
            shutil.copytree(root / name, Path(copy) / name, ignore=BUILT)
        _run_gettext(Path(copy))
        return [_take(Path(copy), root, locale) for locale in LOCALES]


def _run_gettext(folder: Path) -> None:
    command = [sys.executable, "-m", "django", "makemessages", "--no-obsolete", "--no-wrap"]
    command += ["--add-location", "file", "--extension", "py,html,txt"]
    command += [option for name in LOCALES for option in ("--locale", name)]
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or done.stdout.strip())


def _take(folder: Path, root: Path, locale: str) -> Path:
    name = Path("locale") / locale / "LC_MESSAGES" / "django.po"
    (root / name).write_bytes(DATE.sub(b"", (folder / name).read_bytes()))
    return root / name


if __name__ == "__main__":
    for written in extract():
        sys.stdout.write(f"{written.relative_to(ROOT)}\n")
