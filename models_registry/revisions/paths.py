"""Which paths a commit may name: such as every client can write to disk without surprise.

Sources: git's `verify_path` and `is_ntfs_dotgit`/`is_hfs_dotgit` (what must never be checked out)
and the Hub clients' own rules.
"""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from portal.errors import Invalid

LONGEST_SEGMENT = 255
LONGEST_PATH = 1024
DEEPEST = 40

# Characters that HFS+ ignores when it compares names: `.g\u200cit` is `.git` there.
_IGNORABLE = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_NTFS_GIT = re.compile(r"(\.git|git~[0-9]+)[ .]*(:.*)?")
_CONTROL = re.compile("[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]")


class BadPath(Invalid):
    """A path that no commit may name."""

    status = 422
    code = "BadPath"


def _refuse(path: str, why: object) -> BadPath:
    shown = path[:120].encode("utf-8", "backslashreplace").decode("utf-8")
    shown = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", _IGNORABLE.sub("", shown))
    return BadPath(_("The path “%(path)s” is refused: %(why)s") % {"path": shown, "why": why})


def _looks_like_git(segment: str) -> bool:
    bare = unicodedata.normalize("NFKC", _IGNORABLE.sub("", segment)).lower()
    return _NTFS_GIT.fullmatch(bare) is not None


def _check_segment(path: str, segment: str) -> None:
    if segment == "":
        raise _refuse(path, _("it starts or ends with a slash, or has two in a row."))
    if segment in (".", ".."):
        raise _refuse(path, _("“.” and “..” are not names."))
    if _looks_like_git(segment):
        raise _refuse(path, _("“.git” and its look-alikes belong to git."))
    if len(segment.encode()) > LONGEST_SEGMENT:
        raise _refuse(path, _("one of its names is longer than 255 bytes."))


def check_path(path: str) -> str:
    """Return the path of a file as it is stored (NFC), or raise `BadPath` with the reason."""
    try:
        path.encode()
    except UnicodeEncodeError:
        raise _refuse(path, _("it is not valid Unicode.")) from None
    if _CONTROL.search(path):
        raise _refuse(path, _("it holds control characters."))
    if "\\" in path:
        raise _refuse(path, _("it holds a backslash; folders are separated by “/”."))
    path = unicodedata.normalize("NFC", path)
    if len(path.encode()) > LONGEST_PATH:
        raise _refuse(path, _("it is longer than 1,024 bytes."))
    segments = path.split("/")
    if len(segments) > DEEPEST:
        raise _refuse(path, _("it is more than 40 folders deep."))
    for segment in segments:
        _check_segment(path, segment)
    if segments[:2] == [".cache", "huggingface"]:
        raise _refuse(path, _("“.cache/huggingface” is the client's own folder."))
    return path


def check_folder(path: str) -> str:
    """Like `check_path` for a folder, which may be written with one slash at its end."""
    return check_path(path.removesuffix("/"))
