"""What a Xet client would send: xorbs without compression, and shards with room for lies."""

import hashlib
import struct
from collections.abc import Callable
from io import BytesIO
from typing import Any

from models_registry.formats.xet import hashes, shards, xorbs
from models_registry.formats.xet.packing import squeezed


def name_of(*contents: bytes) -> bytes:
    """Return the hash of the xorb of these chunks."""
    return hashes.tree_root([(hashes.chunk_hash(c), len(c)) for c in contents])


def chunks_of(content: bytes, size: int = 60_000) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


def shard(
    contents: list[bytes],
    *,
    xorb: bytes | None = None,
    file: bytes | None = None,
    proof: bytes | None = None,
    end: int | None = None,
    sha256: bytes | None = None,
    proofs: bool = True,
    new: bytes | None = None,
    holds: list[bytes] | None = None,
) -> bytes:
    """Return a shard of one file that is these chunks of one xorb; each claim can be a lie.

    `new`: a xorb of which the shard says that it came with it; `holds`: its chunks, where they are
    not those of the file.
    """
    nodes = [(hashes.chunk_hash(c), len(c)) for c in contents]
    held = nodes if holds is None else [(hashes.chunk_hash(c), len(c)) for c in holds]
    total = sum(map(len, contents))
    told = sha256 or hashlib.sha256(b"".join(contents)).digest()
    flags = shards.WITH_SHA256 | (shards.WITH_VERIFICATION if proofs else 0)
    records = [struct.pack("<32sII8x", file or hashes.file_hash(nodes), flags, 1)]
    place = xorb or hashes.tree_root(nodes)
    records.append(struct.pack("<32sIIII", place, 0, total, 0, end or len(contents)))
    if proofs:
        verification = proof or hashes.term_hash(name for name, _ in nodes)
        records.append(verification + bytes(16))
    records.append(hashes.swapped(told) + bytes(16))
    close = b"\xff" * 32 + bytes(16)
    head = shards.TAG + struct.pack("<QQ", 2, 0)
    return head + b"".join(records) + close + (_new_xorb(new, held) if new else b"") + close


def _new_xorb(name: bytes, nodes: list[hashes.Node]) -> bytes:
    """Return what a shard says of a new xorb: here, that these are its chunks."""
    total, at = sum(size for _name, size in nodes), 0
    rows = [struct.pack("<32sIIII", name, 0, len(nodes), total, total)]
    for chunk, size in nodes:
        rows.append(struct.pack("<32sIIII", chunk, at, size, 0, 0))
        at += size
    return b"".join(rows)


def smaller(contents: list[bytes]) -> bytes:
    """Return the xorb of these chunks with each of them compressed."""
    packed = [squeezed(chunk, xorbs.LZ4) for chunk in contents]
    return b"".join(
        xorbs.header(len(stored), xorbs.LZ4, len(chunk)) + stored
        for stored, chunk in zip(packed, contents, strict=True)
    )


def send(
    repo: Any,
    person: Any,
    content: bytes,
    *,
    also: bytes = b"",
    pack: Callable[[list[bytes]], bytes] = xorbs.packed,
) -> Any:
    """Send a file to a repo as a client does; return the operation that links it.

    `also`: content that goes into the same xorb and is part of no file.
    """
    from models_registry import revisions
    from models_registry.xet import receiving
    from models_registry.xet.grants import Grant
    from portal.access import Actor

    grant = Grant(Actor(person), repo, None)
    contents = chunks_of(content)
    packed = contents + (chunks_of(also) if also else [])
    name = name_of(*packed)
    receiving.receive_xorb(grant, name, BytesIO(pack(packed)))
    raw = shard(contents, xorb=name, new=name, holds=packed)
    for _progress in receiving.accept_shard(grant, raw):
        pass
    digest = hashlib.sha256(content).hexdigest()
    return lambda path: revisions.AddLfs(path, digest, len(content))
