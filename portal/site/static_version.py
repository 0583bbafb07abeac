"""A name for the static files as they are, so that browsers may keep them for ever.

It stands in the path (`/static/3f2a9c…/css/base.css`): relative imports between modules and
style sheets keep working, nothing has to be collected or rewritten, and a changed file changes
every address at once.
"""

import hashlib
from pathlib import Path


def digest(*sources: Path) -> str:
    """Return twelve hex digits over the files (folders: all below) by name and content."""
    total = hashlib.sha256()
    for source in sources:
        files = [source] if source.is_file() else sorted(source.rglob("*"))
        for file in files:
            if file.is_file():
                content = hashlib.sha256(file.read_bytes()).digest()
                total.update(file.relative_to(source.parent).as_posix().encode() + b"\0" + content)
    return total.hexdigest()[:12]
