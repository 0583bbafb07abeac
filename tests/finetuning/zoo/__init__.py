"""Hostile files, and for those that execute the loader that makes them do so.

The payload only creates a marker file where the process runs. The tests first see each marker
appear under its careless loader in the sandbox, then send the same bytes through upload, view,
scan and evaluation, where it never may.
"""

import gzip
import lzma
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial

from tests.finetuning.zoo import pickles, texts, weights
from tests.finetuning.zoo.payload import MARKER

__all__ = ["MARKER", "ZOO", "Hostile", "executing"]

UNPICKLE = "import pickle; pickle.load(open(path, 'rb'))"
TORCH = "import torch; torch.load(open(path, 'rb'), weights_only=False)"
NUMPY = "import numpy; numpy.load(path, allow_pickle=True)"
NUMPY_ARCHIVE = "import numpy; numpy.load(path, allow_pickle=True)['weights']"
JINJA = "import jinja2, json; jinja2.Template(json.load(open(path))['chat_template']).render()"
PLAIN_JINJA = "import jinja2; jinja2.Template(open(path).read()).render()"
REMOTE = (
    "import transformers; transformers.AutoConfig.from_pretrained("
    "path.rpartition('/')[0], trust_remote_code=True)"
)


@dataclass(frozen=True)
class Hostile:
    """`name` as uploaded; `make` its bytes; `beside` more files, by name.

    `loader` is Python in which `path` is the file, "" where nothing executes. `status` is what the
    scan says: `refused`, or `unknown` and `clean` for what no step of ours opens.
    """

    name: str
    make: Callable[[], bytes]
    loader: str = ""
    status: str = "refused"
    beside: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def content(self) -> bytes:
        """Made once: some containers hold the time."""
        return self.make()


def given(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def pickled() -> dict[str, Hostile]:
    names = ["pytorch_model.bin", "model.pkl", "optimizer.pt", "weights.ckpt", "rng_state.pth"]
    found = {}
    for number, (name, data) in enumerate({**pickles.calls(), **pickles.by_hand()}.items()):
        file = names[number % len(names)]
        found[f"pickle: {name}"] = Hostile(file, given(data), UNPICKLE)
    for file in ("model.safetensors", "vocab.txt", "logo.png", "weights.dat", "config.json"):
        found[f"pickle named {file}"] = Hostile(file, pickles.by_exec, UNPICKLE)
    for suffix, pack in pickles.COMPRESSED.items():
        module = {"gz": "gzip", "xz": "lzma"}.get(suffix, suffix)
        loader = f"import pickle, {module}; pickle.load({module}.open(path))"
        make = given(pack(pickles.by_exec()))
        found[f"pickle in {suffix}"] = Hostile(f"model.pkl.{suffix}", make, loader, "unknown")
    return found


CONTAINERS = {
    "torch zip": Hostile("pytorch_model.bin", pickles.torch_zip, TORCH),
    "torch zip, bad checksum": Hostile(
        "pytorch_model.bin", partial(pickles.torch_zip, corrupt=True), TORCH
    ),
    "torch zip, deflated": Hostile(
        "model.pt", partial(pickles.torch_zip, method=zipfile.ZIP_DEFLATED), TORCH
    ),
    "torch zip named safetensors": Hostile("model.safetensors", pickles.torch_zip, TORCH),
    "bare pickle for torch": Hostile("training_args.bin", pickles.by_exec, TORCH),
    "numpy objects": Hostile("embeddings.npy", pickles.numpy_objects, NUMPY),
    "numpy archive": Hostile(
        "embeddings.npz", partial(pickles.numpy_objects, archive=True), NUMPY_ARCHIVE
    ),
}


def templates() -> dict[str, Hostile]:
    """JSON and templates are no code: kept, and rendered nowhere."""
    found = {
        f"template: {name}": Hostile(
            "tokenizer_config.json", given(texts.in_tokenizer_config(source)), JINJA, "clean"
        )
        for name, source in texts.TEMPLATES.items()
    }
    source = texts.TEMPLATES["cycler"].encode()
    found["template file"] = Hostile("chat_template.jinja", given(source), PLAIN_JINJA, "clean")
    found["template in a card"] = Hostile("README.md", given(source), PLAIN_JINJA, "clean")
    endless = given(texts.in_tokenizer_config(weights.ENDLESS.decode()))
    found["template: endless"] = Hostile("tokenizer_config.json", endless, status="clean")
    return found


CONFIGURATIONS = {
    "auto_map": Hostile(
        "config.json", given(texts.AUTO_MAP), REMOTE, "unknown",
        {"evil.py": texts.MODULE.encode()},
    ),
    "configuration bomb": Hostile("config.json", texts.layers, status="clean"),
    "tokenizer that backtracks": Hostile("tokenizer.json", texts.backtracking, status="clean"),
    "deep JSON": Hostile(
        "config.json", lambda: b"[" * 100_000 + b"]" * 100_000, status="clean"
    ),
}  # fmt: skip
BOMBS = {
    "zips in zips": Hostile("model.zip", texts.zipped),
    "zip that climbs": Hostile("model.zip", texts.climbing_zip),
    "tar that climbs": Hostile("data.tar.gz", partial(texts.tar, link=False), status="unknown"),
    "tar with a link": Hostile("data.tar.gz", partial(texts.tar, link=True), status="unknown"),
    "gzip bomb": Hostile("data.gz", lambda: gzip.compress(texts.ZEROS), status="unknown"),
    "xz bomb": Hostile("data.xz", lambda: lzma.compress(texts.ZEROS), status="unknown"),
    "picture of 65,535 by 65,535": Hostile(
        "logo.png", lambda: texts.png(65_535, 65_535, b"\x78\x9c" + bytes(64)), status="clean"
    ),
    "picture of zeros": Hostile(
        "logo.png",
        lambda: texts.png(16_384, 1365, texts.zlib.compress(texts.ZEROS)),
        status="clean",
    ),
    "YAML that laughs": Hostile("README.md", texts.laughs, status="clean"),
    "XML that laughs": Hostile("logo.svg", texts.entities, status="clean"),
}


def weight_files() -> dict[str, Hostile]:
    found = {
        f"safetensors: {name}": Hostile("model.safetensors", given(data))
        for name, data in weights.SAFETENSORS.items()
    }
    found["safetensors: header of 90 MB"] = Hostile("model.safetensors", weights.header_of_90_mb)
    found["safetensors: not finite"] = Hostile(
        "extra.safetensors", weights.not_finite, status="clean"
    )
    for name, data in weights.gguf_files(texts.TEMPLATES["cycler"]).items():
        found[f"gguf: {name}"] = Hostile("model.gguf", given(data), status="unknown")
    return found


ZOO: dict[str, Hostile] = {
    **pickled(), **CONTAINERS, **templates(), **CONFIGURATIONS, **BOMBS, **weight_files()
}  # fmt: skip


def executing() -> dict[str, dict[str, Hostile]]:
    """Return the files that execute, by the loader that makes them do so."""
    found: dict[str, dict[str, Hostile]] = {}
    for name, hostile in ZOO.items():
        if hostile.loader:
            found.setdefault(hostile.loader, {})[name] = hostile
    return found
