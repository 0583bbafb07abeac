"""Whether bytes are a pickle, by reading them as a pickle machine would, and running nothing.

The first byte alone does not tell: text pickles begin like words, and one safetensors file in two
thousand begins like a pickle (its header is 640 bytes long, say).
"""

import pickletools
from enum import Enum
from io import BytesIO

NAMES = {"GLOBAL", "STACK_GLOBAL", "INST"}
CALLS = {"REDUCE", "OBJ", "NEWOBJ", "NEWOBJ_EX", "BUILD", "INST"}
FEW = 3


class Look(Enum):
    """`PERHAPS`: it reads as a pickle as far as these bytes go, and calls nothing so far."""

    NO = "no"
    PERHAPS = "perhaps"
    PICKLE = "pickle"


class Head(BytesIO):
    """The first bytes of a file. `needs` is where the last read would have ended."""

    needs = 0

    def read(self, size: int | None = -1) -> bytes:
        self.needs = self.tell() + max(0, size or 0)
        return super().read(size)


def look(head: bytes, total: int) -> Look:
    """Judge a file of `total` bytes by its first ones. What calls a name by its opcodes is a
    pickle even where its end is missing or followed by other bytes: the call comes before. One
    of the old protocols, which have no mark, that calls nothing is a text like others."""
    stream, seen, count = Head(head), set[str](), 0
    try:
        for opcode, _, _ in pickletools.genops(stream):
            if opcode.name == "INST" and "MARK" not in seen:
                return Look.NO  # a machine would stop here; `import` in a text reads like this
            seen.add(opcode.name)
            count += 1
            if seen & NAMES and seen & CALLS:
                return Look.PICKLE
    except (ValueError, OverflowError):
        if "PROTO" in seen and count >= FEW:
            return Look.PICKLE
        cut = len(head) < total and stream.tell() == len(head)
        return Look.PERHAPS if cut and stream.needs <= total else Look.NO
    return Look.PICKLE if "PROTO" in seen else Look.NO
