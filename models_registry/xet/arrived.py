"""What the sender of a shard has sent before it, checked while the shard is.

A shard says of which chunks a new xorb is made. Whether that makes the xorb's name takes no
decoding to find out; whether the bytes are that is found while the files they are part of are
hashed, and for what is in no file afterwards. So each chunk is decoded once.
"""

import uuid
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import wait
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from models_registry.formats.sentences import Sentence as _
from models_registry.formats.xet import Malformed, hashes, shards, xorbs
from models_registry.formats.xet.checker import Run
from models_registry.formats.xet.shards import Term
from models_registry.storage import Content, store, xorb_store
from models_registry.storage.arrivals import Sender
from models_registry.xet import checking
from models_registry.xet.recording import run_of

HEARTBEAT = 15  # seconds; clients wait 300 for the next line
INDEXES_KEPT = 16  # of 0.3 MB at most


class NotProved(Malformed):
    """What is said of a xorb is not so, or there is no such xorb: nobody learns which."""

    def __init__(self) -> None:
        super().__init__(_("a run of chunks is not what the shard says"))


@dataclass
class _New:
    """A xorb that is what the index at `index` says, if its bytes are.

    `unseen`: a byte a chunk, 0 once the content of that was found to be so.
    """

    place: Path
    index: Path
    unseen: bytearray


class Arrived:
    """The xorbs a shard names that its sender sent before it, out of anybody's reach meanwhile."""

    def __init__(self, sender: Sender, shard: shards.Shard) -> None:
        self._sender = sender
        self._told = {xorb.hash: xorb for xorb in shard.xorbs}
        used = (term.xorb for file in shard.files for term in file.terms())
        self._names = list(dict.fromkeys([*self._told, *used]))
        self._new: dict[bytes, _New] = {}
        self._held = ExitStack()
        self._index = lru_cache(maxsize=INDEXES_KEPT)(self._read_index)

    def close(self) -> None:
        """Let go of what was taken up."""
        self._held.close()

    def take_up(self) -> Iterator[None]:
        """Find what was sent; yields while what the shard does not describe is checked.

        Also where the xorb is stored already: what happens must not tell the sender whether it is.
        Stored ones are to be asked for after this: a xorb is stored before it goes from its sender.
        """
        if xorb_store.arrivals is None:
            return
        sent = self._held.enter_context(xorb_store.arrivals.held(self._sender, self._names))
        for name, place in sent.items():
            if name in self._told:
                self._add(name, place, self._described(name, place), seen=False)
                continue
            yield
            try:
                self._add(name, place, checking.check_xorb(place, name), seen=True)
            except Malformed:
                self._drop(name)
                raise

    def _add(self, name: bytes, place: Path, index: xorbs.Index, *, seen: bool) -> None:
        path = store.incoming / f"{uuid.uuid4().hex}.index"
        self._held.callback(path.unlink, missing_ok=True)
        path.write_bytes(index.to_bytes())
        self._new[name] = _New(place, path, bytearray([not seen]) * len(index))

    def _described(self, name: bytes, place: Path) -> xorbs.Index:
        """Return what the shard says a xorb holds; raises `NotProved` if that is another xorb."""
        told = self._told[name]
        with place.open("rb") as file:
            packed_ends, raw_ends = xorbs.ends(file)
        index = xorbs.Index(tuple(chunk for chunk, *_ in told.chunks()), packed_ends, raw_ends)
        if len(told) != len(raw_ends) or hashes.tree_root(index.nodes()) != name:
            raise NotProved()
        return index

    def _read_index(self, name: bytes) -> xorbs.Index:
        return xorbs.Index.from_bytes(self._new[name].index.read_bytes())

    def index(self, name: bytes) -> xorbs.Index | None:
        return self._index(name) if name in self._new else None

    def content(
        self, terms: Sequence[Term], indexes: dict[bytes, xorbs.Index]
    ) -> Generator[None, None, Content]:
        """Return what these runs hold, once all of it is what was said; yields meanwhile."""
        content = yield from self._hashed([self._run(term, indexes[term.xorb]) for term in terms])
        for term in terms:
            if term.xorb in self._new:
                self._new[term.xorb].unseen[term.start : term.end] = bytes(term.end - term.start)
        return content

    def rest(self) -> Iterator[None]:
        """Check what is in no file; yields meanwhile."""
        runs = [self._run(term, self._index(term.xorb)) for term in self._unseen()]
        if runs:
            yield from self._hashed(runs)

    def _unseen(self) -> Iterator[Term]:
        for name, new in self._new.items():
            index, end = self._index(name), 0
            while (start := new.unseen.find(1, end)) >= 0:
                end = new.unseen.find(0, start)
                end = len(index) if end < 0 else end
                first, behind = index.raw_range(start, end)
                yield Term(name, start, end, behind - first)

    def _run(self, term: Term, index: xorbs.Index) -> Run:
        """Return where a checker finds the chunks of a run, and what they must be."""
        new = self._new.get(term.xorb)
        if new is None:
            return run_of(term, index)
        first, behind = index.packed_range(term.start, term.end)
        claims = str(new.index) if any(new.unseen[term.start : term.end]) else ""
        return Run(str(new.place), first, behind, term.size, claims, term.start)

    def _hashed(self, runs: Sequence[Run]) -> Generator[None, None, Content]:
        """Return the content of these runs; where it is not what was said, it must come again."""
        hashing = checking.sha256_of(runs)
        while not wait([hashing], timeout=HEARTBEAT).done:
            yield
        try:
            return Content(**hashing.result())
        except Malformed:
            self._drop(*self._new)
            raise

    def kept(self) -> Iterator[tuple[bytes, Path, xorbs.Index]]:
        """Yield each xorb that is to be stored now; it goes from its sender when it was."""
        for name, new in self._new.items():
            yield name, new.place, self._index(name)
        self._drop(*self._new)

    def _drop(self, *names: bytes) -> None:
        for name in names:
            if xorb_store.arrivals is not None:
                xorb_store.arrivals.drop(self._sender, name)
