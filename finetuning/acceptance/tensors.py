"""The tensors of an upload: the registry's reader of the format, and fewer types of numbers."""

from finetuning.acceptance.report import File
from models_registry.formats.safetensors import Malformed, Tensor, read_header
from models_registry.formats.sentences import Sentence as _

FLOATS = frozenset({"F64", "F32", "F16", "BF16"})
ALLOWED = FLOATS | {"I64", "I32", "I16", "I8", "U8", "BOOL"}

__all__ = ["FLOATS", "Malformed", "Tensor", "read"]


def read(file: File) -> dict[str, Tensor]:
    """Return the tensors of `file` by name; raises `Malformed`."""
    with file.open() as stream:
        found = read_header(stream, file.size)
    for tensor in found.values():
        if tensor.dtype not in ALLOWED:
            name, kind = tensor.name[:80], tensor.dtype
            raise Malformed(_("{name!r} has the type {kind}: not allowed", name=name, kind=kind))
    return found
