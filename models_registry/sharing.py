"""How much of a model is its base's: tensor by tensor, from headers and the hashes of chunks.

Pure: names, places and hashes in, rows out. A chunk is some 64 kB, so a tensor shares the bytes of
itself that lie in chunks which the base has as well. A file that came whole counts as one chunk
under its sha256: what is not shared of it is not known, since its pieces have no hashes.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import accumulate

from models_registry.formats.safetensors import Tensor


class State(StrEnum):
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    NEW = "new"
    UNKNOWN = "unknown"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of bytes by its hash. `whole`: it is a whole file, whose pieces are not known."""

    key: bytes
    size: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one tensor. `size` and `shared`: bytes; of one that is gone, the base's.

    `unproven`: its parts (first byte, byte behind) that hashes do not show to be as the base's.
    """

    name: str
    state: State
    dtype: str
    shape: tuple[int, ...]
    size: int
    shared: int = 0
    unproven: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Layer:
    """The tensors of one layer, and how their bytes divide."""

    name: str
    rows: tuple[Row, ...]
    bytes_of: Mapping[State, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of the model's own tensors: one that is gone takes no room."""
        return sum(row.size for row in self.rows if row.state is not State.GONE)

    @property
    def shared(self) -> int:
        return sum(row.shared for row in self.rows)

    @property
    def share(self) -> float:
        return self.shared / self.size if self.size else 0.0


def shared(
    tensors: Mapping[str, Tensor],
    chunks: Sequence[Chunk],
    base_tensors: Mapping[str, Tensor],
    base_chunks: Sequence[Chunk],
) -> list[Row]:
    """Return a row for each tensor of either side, in the order of their places.

    Places are offsets in the run of bytes that `chunks` make. "unchanged" is said only of bytes
    that are the same: every chunk of the tensor stands at the same place in the base's tensor.
    """
    ours, theirs = _Run(chunks), _Run(base_chunks)
    had = {chunk.key for chunk in base_chunks}
    rows = [
        _row(tensor, ours, had, base_tensors.get(tensor.name), theirs)
        for tensor in sorted(tensors.values(), key=lambda t: (t.start, t.stop, t.name))
    ]
    gone = (base_tensors[name] for name in sorted(base_tensors.keys() - tensors.keys()))
    return rows + [Row(t.name, State.GONE, t.dtype, t.shape, t.size) for t in gone]


@dataclass(frozen=True, slots=True)
class _Piece:
    """The bytes `first` to `behind` of a chunk."""

    chunk: Chunk
    first: int
    behind: int

    @property
    def size(self) -> int:
        return self.behind - self.first


class _Run:
    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._chunks = chunks
        self._ends = list(accumulate(chunk.size for chunk in chunks))

    def pieces(self, start: int, stop: int) -> Iterator[_Piece]:
        """Yield what the bytes `start` to `stop` (exclusive) consist of."""
        number = bisect_right(self._ends, start)
        while start < stop and number < len(self._ends):
            chunk, end = self._chunks[number], self._ends[number]
            begin = end - chunk.size
            yield _Piece(chunk, start - begin, min(stop, end) - begin)
            start, number = end, number + 1


def _row(
    tensor: Tensor, ours: _Run, had: Collection[bytes], other: Tensor | None, theirs: _Run
) -> Row:
    pieces = list(ours.pieces(tensor.start, tensor.stop))
    common = sum(piece.size for piece in pieces if piece.chunk.key in had)
    row = Row(tensor.name, State.NEW, tensor.dtype, tensor.shape, tensor.size, common)
    if other is None:
        return row
    if (tensor.dtype, tensor.shape) != (other.dtype, other.shape):
        return replace(row, state=State.CHANGED)
    before = list(theirs.pieces(other.start, other.stop))
    unproven = _unproven(pieces, before)
    is_known = common < row.size and not any(piece.chunk.whole for piece in (*pieces, *before))
    state = State.CHANGED if is_known else State.UNKNOWN
    return replace(row, state=state if unproven else State.UNCHANGED, unproven=unproven)


def _unproven(pieces: Sequence[_Piece], before: Sequence[_Piece]) -> tuple[tuple[int, int], ...]:
    """Return the parts of a tensor where the base's tensor has not the same piece."""
    there = dict(_placed(before))
    parts: list[tuple[int, int]] = []
    for at, piece in _placed(pieces):
        if there.get(at) == piece:
            continue
        joins = bool(parts) and parts[-1][1] == at
        start = parts.pop()[0] if joins else at
        parts.append((start, at + piece.size))
    return tuple(parts)


def _placed(pieces: Sequence[_Piece]) -> Iterator[tuple[int, _Piece]]:
    at = 0
    for piece in pieces:
        yield at, piece
        at += piece.size


def layer_of(name: str) -> str:
    """Return the layer a tensor belongs to: its name up to the number, else without the last word.

    `bert.encoder.layer.0.output.dense.weight` is of `bert.encoder.layer.0`.
    """
    words = name.split(".")
    number = next((at for at, word in enumerate(words) if word.isdigit()), None)
    if number is not None and number < len(words) - 1:
        return ".".join(words[: number + 1])
    return ".".join(words[:-1][:2]) or name


def layers(rows: Sequence[Row]) -> list[Layer]:
    """Return the rows by layer, in the order in which the layers first come."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(layer_of(row.name), []).append(row)
    return [Layer(name, tuple(part), divided(part)) for name, part in found.items()]


def divided(rows: Sequence[Row]) -> dict[State, int]:
    """Return how many bytes of the model are of each state; a changed tensor's shared bytes count
    as unchanged, as they are stored once."""
    sums = dict.fromkeys((State.UNCHANGED, State.CHANGED, State.NEW, State.UNKNOWN), 0)
    for row in rows:
        if row.state is not State.GONE:
            sums[State.UNCHANGED] += row.shared
            sums[row.state] += row.size - row.shared
    return sums
