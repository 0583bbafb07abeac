"""The changes of a pull request as text, as `git diff` writes it."""

from collections.abc import Iterator
from difflib import unified_diff

from models_registry import revisions
from models_registry.discussions.merging import head_of, parting, proposed_changes
from models_registry.models import Discussion
from models_registry.revisions import Entry, Revision
from models_registry.revisions.reading import revision_of

TEXT_AT_MOST = 256 * 1024  # bytes of a file that is compared line by line
DIFF_AT_MOST = 4 * 2**20  # characters


def diff_of(discussion: Discussion) -> str:
    """Return what the pull request changes; "" for one that proposes nothing yet."""
    head = head_of(discussion)
    if head is None or (head.on_default and not discussion.merged_oid):
        return ""
    base = parting(head) if not head.on_default else None
    if base is None:
        return ""
    before = revision_of(discussion.repo, base)
    after = revision_of(discussion.repo, head)
    paths = [c.path for c in proposed_changes(head, base) if not c.folder]
    return "".join(_files(before, after, paths))


def _files(before: Revision, after: Revision, paths: list[str]) -> Iterator[str]:
    old = {entry.path: entry for entry in revisions.entries(before, paths)}
    new = {entry.path: entry for entry in revisions.entries(after, paths)}
    written = 0
    for path in paths:
        text = "".join(_file(path, old.get(path), new.get(path)))
        written += len(text)
        if written > DIFF_AT_MOST:
            yield "... more files were changed\n"
            return
        yield text


def _file(path: str, old: Entry | None, new: Entry | None) -> Iterator[str]:
    yield f"diff --git a/{path} b/{path}\n"
    if old is None:
        yield "new file mode 100644\n"
    if new is None:
        yield "deleted file mode 100644\n"
    yield f"index {_short(old)}..{_short(new)}\n"
    left, right = _lines(old), _lines(new)
    if left is None or right is None:
        yield f"Binary files a/{path} and b/{path} differ\n"
        return
    names = (f"a/{path}" if old else "/dev/null", f"b/{path}" if new else "/dev/null")
    for line in unified_diff(left, right, *names):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _short(entry: Entry | None) -> str:
    return entry.oid[:10] if entry else "0" * 10


def _lines(entry: Entry | None) -> list[str] | None:
    """Return the lines of a text file; None for what is no text, or too long to compare."""
    if entry is None:
        return []
    if not entry.is_file or entry.lfs or entry.size > TEXT_AT_MOST:
        return None
    try:
        return revisions.read(entry).decode().splitlines(keepends=True)
    except UnicodeDecodeError:
        return None
