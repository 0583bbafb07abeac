"""Safetensors files for tests."""

import json
from collections.abc import Mapping


def safetensors(tensors: Mapping[str, bytes]) -> bytes:
    """Return a file with these tensors, each a row of bytes, in this order."""
    header, at = {}, 0
    for name, content in tensors.items():
        stop = at + len(content)
        header[name] = {"dtype": "U8", "shape": [len(content)], "data_offsets": [at, stop]}
        at = stop
    raw = json.dumps(header).encode()
    raw = raw.ljust(2040)  # the tensors behind it begin at the same byte whatever they are called
    return len(raw).to_bytes(8, "little") + raw + b"".join(tensors.values())
