"""Answers in pkt-lines: the refs of a repo, and a fetch with its pack."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import override

from models_registry.formats import pkt_lines
from models_registry.formats.pkt_lines import DELIMITER, FLUSH, line
from models_registry.git_http import packing
from models_registry.git_http.asking import Wanted
from models_registry.git_http.selection import History, Selection, select
from models_registry.models import Ref, Repo

AGENT = "agent=commonhold"
OLD_CAPABILITIES = (
    "shallow side-band-64k no-progress allow-reachable-sha1-in-want object-format=sha1"
)

Refs = list[tuple[str, str]]  # name, commit id


def refs_of(repo: Repo) -> Refs:
    """Return HEAD, where it points at something, and all refs in git's order."""
    rows = Ref.objects.filter(repo=repo).order_by("name").values_list("name", "target__oid")
    found = dict(rows)
    head = found.get(repo.default_ref)
    return ([("HEAD", head)] if head else []) + sorted(found.items())


def capabilities() -> Iterator[bytes]:
    """Yield what this server can do in protocol v2."""
    for text in ("version 2", AGENT, "ls-refs=unborn", "fetch=shallow", "object-format=sha1"):
        yield line(f"{text}\n")
    yield FLUSH


def listed(repo: Repo, arguments: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the answer to `ls-refs`."""
    prefixes = tuple(
        argument.removeprefix(b"ref-prefix ").decode("utf-8", "replace")
        for argument in arguments
        if argument.startswith(b"ref-prefix ")
    )
    found = refs_of(repo)
    for name, oid in found:
        if not prefixes or name.startswith(prefixes):
            target = f" symref-target:{repo.default_ref}" if name == "HEAD" else ""
            symref = target if b"symrefs" in arguments else ""
            yield line(f"{oid} {name}{symref}\n")
    if b"unborn" in arguments and (not found or found[0][0] != "HEAD"):
        yield line(f"unborn HEAD symref-target:{repo.default_ref}\n")
    yield FLUSH


def advertised(repo: Repo) -> Iterator[bytes]:
    """Yield the refs and capabilities of protocol v0."""
    yield line("# service=git-upload-pack\n") + FLUSH
    told = f"{OLD_CAPABILITIES} symref=HEAD:{repo.default_ref} {AGENT}"
    refs = refs_of(repo) or [("capabilities^{}", "0" * 40)]
    for number, (name, oid) in enumerate(refs):
        yield line(f"{oid} {name}\0{told}\n" if number == 0 else f"{oid} {name}\n")
    yield FLUSH


def fetched(repo: Repo, asked: Wanted) -> Iterator[bytes]:
    """Yield the answer to a checked `fetch` of protocol v2."""
    history = History(repo)
    if not asked.done:
        common = history.known(asked.haves)
        yield line("acknowledgments\n")
        yield from (line(f"ACK {oid}\n") for oid in common)
        if not common:
            yield line("NAK\n") + FLUSH
            return
        yield line("ready\n") + DELIMITER
    selection = select(history, asked)
    if selection.shallow or selection.unshallow:
        yield line("shallow-info\n")
        yield from _boundary(selection)
        yield DELIMITER
    yield line("packfile\n")
    yield from _sent(repo, selection, banded=True)


def uploaded(repo: Repo, asked: Wanted) -> Iterator[bytes]:
    """Yield the answer to a checked request of protocol v0, whose client repeats all it said."""
    history = History(repo)
    selection = select(history, asked)
    if asked.depth is not None:
        yield from _boundary(selection)
        yield FLUSH
    common = history.known(asked.haves)
    if not asked.done:
        if asked.haves or asked.depth is None:
            yield line(f"ACK {common[0]}\n" if common else "NAK\n")
        return
    yield line(f"ACK {common[-1]}\n" if common else "NAK\n")
    yield from _sent(repo, selection, banded="side-band-64k" in asked.capabilities)


def _boundary(selection: Selection) -> Iterator[bytes]:
    yield from (line(f"shallow {oid}\n") for oid in selection.shallow)
    yield from (line(f"unshallow {oid}\n") for oid in selection.unshallow)


def _sent(repo: Repo, selection: Selection, *, banded: bool) -> Iterator[bytes]:
    """Yield the pack. A fault in its middle can only be told on the third channel."""
    pieces = packing.packed(repo.pk, selection.oids)
    if not banded:
        yield from pieces
        return
    try:
        for piece in pieces:
            yield from pkt_lines.side_band(pkt_lines.DATA, piece)
    except packing.Interrupted as fault:
        yield from pkt_lines.side_band(pkt_lines.FATAL, f"{fault}\n".encode())
    yield FLUSH


def push_sentence() -> str:
    """Return why a push is refused, in English as git's own messages here are."""
    with override("en"):
        return _("Pushing over git is not possible here. Use `hf upload` instead.")
