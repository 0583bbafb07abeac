"""Files that execute code, and the loader that makes each of them do so.

The payload only creates a marker file where the process runs. `ZOO` maps a name to a maker of the
file and the Python that loads it without care; the tests first see the marker appear in the
sandbox, then send the same bytes through upload, view, scan and evaluation, where it never may.
"""

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

MARKER = "commonhold-marker"
CALL = f"import os; open(os.path.join(os.environ.get('TMPDIR', '.'), {MARKER!r}), 'w').close()"


class Exec:
    """Runs CALL when unpickled, by a named function."""

    def __init__(self, function: Callable[..., object], *arguments: object):
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


def by_exec() -> bytes:
    return pickle.dumps(Exec(exec, CALL))


def by_system() -> bytes:
    return pickle.dumps(Exec(os.system, f"touch ${{TMPDIR:-.}}/{MARKER}"))


def by_timeit() -> bytes:
    import timeit

    return pickle.dumps(Exec(timeit.timeit, CALL, "pass", timeit.default_timer, 1))


def by_profile() -> bytes:
    import cProfile

    return pickle.dumps(Exec(cProfile.run, CALL))


def truncated() -> bytes:
    """The call happens before the end of the stream is missed."""
    return by_exec()[:-1] + b"\x8c"


def protocol_0() -> bytes:
    return pickle.dumps(Exec(exec, CALL), protocol=0)


def torch_zip(*, corrupt: bool = False) -> bytes:
    """A file of torch.save; with `corrupt` the checksum of its pickle is wrong."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", by_exec())
        archive.writestr("archive/version", b"3\n")
        archive.writestr("archive/byteorder", b"little")
    raw = buffer.getvalue()
    if not corrupt:
        return raw
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        checksum = archive.getinfo("archive/data.pkl").CRC.to_bytes(4, "little")
    return raw.replace(checksum, b"\xde\xad\xbe\xef")


def numpy_objects() -> bytes:
    import numpy as np

    array = np.empty(1, dtype=object)
    array[0] = Exec(exec, CALL)
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


TEMPLATE = "{{ cycler.__init__.__globals__.os.popen('touch $TMPDIR/" + MARKER + "').read() }}"


def chat_template() -> bytes:
    return json.dumps({"chat_template": TEMPLATE}).encode()


UNPICKLE = "import pickle; pickle.load(open(path, 'rb'))"
TORCH = "import torch; torch.load(path, weights_only=False)"


@dataclass(frozen=True)
class Hostile:
    """`name` as uploaded; `make` its bytes; `loader` Python in which `path` is the file."""

    name: str
    make: Callable[[], bytes]
    loader: str
    refused: bool = True


ZOO = {
    "os.system": Hostile("pytorch_model.bin", by_system, UNPICKLE),
    "exec": Hostile("model.pkl", by_exec, UNPICKLE),
    "timeit": Hostile("optimizer.pt", by_timeit, UNPICKLE),
    "cProfile": Hostile("pytorch_model.bin", by_profile, UNPICKLE),
    "truncated": Hostile("pytorch_model.bin", truncated, UNPICKLE),
    "protocol 0": Hostile("weights.dat", protocol_0, UNPICKLE),
    "named safetensors": Hostile("model.safetensors", by_exec, UNPICKLE),
    "named text": Hostile("vocab.txt", by_exec, UNPICKLE),
    "named picture": Hostile("logo.png", by_exec, UNPICKLE),
    "torch zip": Hostile("pytorch_model.bin", torch_zip, TORCH),
    "torch zip, bad checksum": Hostile("pytorch_model.bin", lambda: torch_zip(corrupt=True), TORCH),
    "torch zip named safetensors": Hostile("model.safetensors", torch_zip, TORCH),
    "numpy objects": Hostile(
        "embeddings.npy", numpy_objects, "import numpy; numpy.load(path, allow_pickle=True)"
    ),
    # JSON is no code: the file is kept and used for nothing, its template is rendered nowhere.
    "chat template": Hostile(
        "tokenizer_config.json",
        chat_template,
        "import jinja2, json\njinja2.Template(json.load(open(path))['chat_template']).render()",
        refused=False,
    ),
}
