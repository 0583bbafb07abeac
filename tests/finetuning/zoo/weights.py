"""Weight files that carry no code: headers that lie, sizes that overflow, counts without end."""

import json
import struct

from tests.finetuning.models import safetensors

F32 = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def entry(**changes: object) -> dict[str, object]:
    return {"a": F32 | changes}


# Each of these is refused by the header alone.
SAFETENSORS: dict[str, bytes] = {
    "longer than the file": struct.pack("<Q", 2**60) + b"{}",
    "shorter than its length": b"\x01",
    "not JSON": safetensors(None, raw=b"{'a': 1}"),
    "not UTF-8": safetensors(None, raw=b'{"\xff": 1}'),
    "not an object": safetensors([1, 2]),
    "deeply nested": safetensors(None, raw=b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "key twice": safetensors(
        None, bytes(8), raw=b'{"a":%b,"a":%b}' % ((json.dumps(F32).encode(),) * 2)
    ),
    "key twice inside": safetensors(
        None, bytes(8),
        raw=b'{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
    ),
    "overlap": safetensors({"a": F32, "b": F32 | {"data_offsets": [4, 12]}}, bytes(12)),
    "gap": safetensors({"a": F32, "b": F32 | {"data_offsets": [12, 20]}}, bytes(20)),
    "trailing bytes": safetensors({"a": F32}, bytes(9)),
    "data cut short": safetensors({"a": F32}, bytes(7)),
    "shape overflow": safetensors(entry(shape=[2**63, 2]), bytes(8)),
    "shape overflow in 64 bits": safetensors(entry(shape=[2**32, 2**32, 2]), bytes(8)),
    "shape too large": safetensors(entry(shape=[3]), bytes(8)),
    "negative shape": safetensors(entry(shape=[-2]), bytes(8)),
    "fraction in shape": safetensors(entry(shape=[2.0]), bytes(8)),
    "truth in shape": safetensors(entry(shape=[True, 2]), bytes(8)),
    "too many dimensions": safetensors(entry(shape=[1] * 9 + [2]), bytes(8)),
    "offsets reversed": safetensors(entry(data_offsets=[8, 0]), bytes(8)),
    "negative offset": safetensors(entry(data_offsets=[-8, 0]), bytes(8)),
    "three offsets": safetensors(entry(data_offsets=[0, 8, 8]), bytes(8)),
    "unknown type": safetensors(entry(dtype="PICKLE"), bytes(8)),
    "type no text": safetensors(entry(dtype=4), bytes(8)),
    "extra key": safetensors(entry(code="import os"), bytes(8)),
    "missing key": safetensors({"a": {"dtype": "F32", "shape": [2]}}, bytes(8)),
    "entry no object": safetensors({"a": 1}, bytes(8)),
    "infinite number": safetensors(None, bytes(8), raw=b'{"a": Infinity}'),
}  # fmt: skip


def header_of_90_mb() -> bytes:
    """The library reads it, at 205 MB of memory."""
    name = b'"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'
    return safetensors(None, bytes(8), raw=b"{" + name + b" " * (90_000_000 - len(name) - 2) + b"}")


def not_finite() -> bytes:
    return safetensors({"a": F32}, struct.pack("<2f", float("nan"), float("inf")))


# --- GGUF: a magic, a version, two counts, key-value pairs, tensors ------------------------------
STRING, ARRAY, U32 = 8, 9, 4


def text(value: bytes, *, claimed: int | None = None) -> bytes:
    return struct.pack("<Q", len(value) if claimed is None else claimed) + value


def gguf(pairs: bytes = b"", *, version: int = 3, tensors: int = 0, keys: int = 0) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + pairs


def template(source: bytes) -> bytes:
    return gguf(text(b"tokenizer.chat_template") + struct.pack("<I", STRING) + text(source), keys=1)


def tensor(*shape: int, offset: int = 0) -> bytes:
    numbers = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return text(b"token_embd.weight") + numbers + struct.pack("<IQ", 0, offset)


ENDLESS = b"{% for a in range(10**9) %}{% for b in range(10**9) %}{{ a }}{% endfor %}{% endfor %}"
NESTED = struct.pack("<IIQ", ARRAY, ARRAY, 2**32) * 64


def gguf_files(forbidden: str) -> dict[str, bytes]:
    """`forbidden` is the template that executes under a plain jinja2."""
    return {
        "tensor count": gguf(tensors=2**62),
        "key count": gguf(keys=2**62),
        "string length": gguf(text(b"a", claimed=2**60), keys=1),
        "array length": gguf(text(b"a") + struct.pack("<IIQ", ARRAY, U32, 2**60), keys=1),
        "arrays in arrays": gguf(text(b"a") + NESTED, keys=1),
        "shape overflow": gguf(tensor(2**32, 2**32), tensors=1),
        "offset past the end": gguf(tensor(2, offset=2**63), tensors=1),
        "unknown version": gguf(version=2**31),
        "executing template": template(forbidden.encode()),
        "endless template": template(ENDLESS),
    }
