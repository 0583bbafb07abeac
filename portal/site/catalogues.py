"""Compile the message catalogues with Babel: `python -m portal.site.catalogues`.

A fresh machine has no gettext. A catalogue is compiled when its source is newer.
"""

import os
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parents[2] / "locale"


def compile_all(folder: Path = LOCALE) -> int:
    """Compile what changed under `folder`; return how many catalogues that were."""
    compiled = 0
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, domain=source.stem)  # an unfit entry is told, and left out
        unfinished = target.with_suffix(f".{os.getpid()}")
        with unfinished.open("wb") as file:
            write_mo(file, catalogue)  # leaves fuzzy entries out, as msgfmt does
        unfinished.replace(target)
        compiled += 1
    return compiled


if __name__ == "__main__":
    sys.stdout.write(f"{compile_all()} message catalogues compiled\n")
