"""Telling pickles from what only begins like one, by opcodes."""

import pickle
import struct

import pytest

from finetuning.acceptance import ScanState, examine
from finetuning.acceptance.pickles import Look, look
from tests.finetuning.models import file, safetensors
from tests.finetuning.zoo.payload import MARKER

CALL = f"cos\nmkdir\n(S'{MARKER}'\ntR.".encode()


def judged(data: bytes) -> Look:
    return look(data[:65_536], len(data))


@pytest.mark.parametrize("length", [640, 896, 1152, 1408, 0x50 + 1024, 0x58 + 2048])
def test_weights_whose_header_length_begins_like_a_pickle_are_no_pickle(length: int) -> None:
    """640 is written 80 02: the same two bytes that open a pickle of protocol 2."""
    text = b'{"bert.a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    data = safetensors(None, bytes(8), raw=text.ljust(length))
    assert struct.unpack("<Q", data[:8]) == (length,)
    assert examine([file("model.safetensors", data)]).state is ScanState.CLEAN


@pytest.mark.parametrize(
    "data",
    [
        CALL, b"(S'a'\nios\nmkdir\n.", CALL + b"and words", b"I1\n0" + CALL, b"(lp0\n0" + CALL,
        b"N0" + CALL[:-1], pickle.dumps([1, 2]), pickle.dumps({"a": 1}, protocol=2),
    ],
)  # fmt: skip
def test_what_a_pickle_machine_would_run_is_a_pickle_under_any_name(data: bytes) -> None:
    assert judged(data) is Look.PICKLE
    report = examine([file("vocab.txt", data)])
    assert report.state is ScanState.REFUSED
    assert "vocab.txt" in report.refusals[0].text


@pytest.mark.parametrize("filler", [b"V" + b"a" * 70_000 + b"\n0", b"I1\n0" * 20_000])
def test_a_call_behind_the_bytes_that_are_looked_at_is_never_called_clean(filler: bytes) -> None:
    assert judged(filler + CALL) is Look.PERHAPS
    assert examine([file("vocab.txt", filler + CALL)]).state is ScanState.UNKNOWN


@pytest.mark.parametrize(
    "data",
    [b"", b".", b"# A card\n", b"cats\nare\nnice\n", b"(in brackets)\n", b"Vocabulary",
     b"The licence says a lot. " * 5000, b"[PAD]\n[UNK]\n", b"{}", b"I am a text.\n",
     b"import os\nimport sys\nR"],
)  # fmt: skip
def test_texts_are_no_pickles(data: bytes) -> None:
    assert judged(data) is Look.NO
    assert examine([file("README.md", data)]).state is ScanState.CLEAN
