"""Which files travel as LFS and which not at all: `.gitattributes`, and the sender's ignores.

Patterns are git's, read by dulwich. They are members' text that becomes regular expressions, so
what could make one slow (many wildcards, long lines) is left out.
"""

from dataclasses import dataclass
from io import BytesIO

from dulwich.attrs import GitAttributes, Pattern, parse_git_attributes
from dulwich.ignore import IgnoreFilter, read_ignore_patterns

from models_registry.revisions import Revision, entry, read
from models_registry.revisions.refusals import EntryNotFound

LARGEST_REGULAR = 10 * 2**20  # bytes, as the Hub has it
MOST_LINES = 500
LONGEST_LINE = 200
MOST_WILDCARDS = 6
LONGEST_RULES = 256 * 2**10


@dataclass(frozen=True)
class Rules:
    """How the files of one upload are treated."""

    attributes: GitAttributes
    ignores_of_sender: IgnoreFilter

    def mode(self, path: str, size: int, sample: bytes) -> str:
        """Return `lfs` or `regular` for a file of `size` bytes that begins with `sample`."""
        if size == 0:
            return "regular"
        if self.attributes.match_path(path.encode()).get(b"filter") == b"lfs":
            return "lfs"
        return "lfs" if size > LARGEST_REGULAR or is_binary(sample) else "regular"

    def ignores(self, path: str) -> bool:
        """Whether the sender's ignore rules leave this file out."""
        return bool(self.ignores_of_sender.is_ignored(path.encode()))


def is_binary(sample: bytes) -> bool:
    """Whether the first bytes of a file are no text: a NUL, or no UTF-8 up to a cut character."""
    if b"\0" in sample:
        return True
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.end < len(sample) or error.reason != "unexpected end of data"
    return False


def _harmless(text: bytes) -> bytes:
    lines = text[:LONGEST_RULES].splitlines()[:MOST_LINES]
    kept = [
        line
        for line in lines
        if len(line) <= LONGEST_LINE and line.count(b"*") + line.count(b"[") <= MOST_WILDCARDS
    ]
    return b"\n".join(kept) + b"\n"


def _attributes(revision: Revision) -> GitAttributes:
    try:
        found = entry(revision, ".gitattributes")
    except EntryNotFound:
        return GitAttributes([])
    if not found.is_file or found.lfs or found.size > LONGEST_RULES:
        return GitAttributes([])
    lines = parse_git_attributes(BytesIO(_harmless(read(found))))
    return GitAttributes([(Pattern(pattern), given) for pattern, given in lines])


def rules(revision: Revision, git_ignore: str = "") -> Rules:
    """Return the rules of `revision`; `git_ignore` is the sender's own `.gitignore`."""
    ignores = read_ignore_patterns(BytesIO(_harmless(git_ignore.encode(errors="replace"))))
    return Rules(_attributes(revision), IgnoreFilter(list(ignores)))
