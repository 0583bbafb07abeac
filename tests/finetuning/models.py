"""Small real models for tests: written by the library itself, with the MiniLM vocabulary cut down.

`tiny(folder, ...)` makes a model of a few thousand parameters that loads, predicts and is accepted;
tests break copies of it. Nothing here is downloaded.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from finetuning.acceptance import File

TEXT = """the a of and to in is was it for on with as at by this that film movie good bad great
dull ada lovelace london acme visited wrote never very not"""
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = [chr(c) for c in range(97, 123)]


def tokenizer_json() -> bytes:
    """Return a real WordPiece tokenizer over a few pieces, lower-casing like MiniLM's."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    pieces = [*SPECIAL, *TEXT.split(), *LETTERS, *("##" + c for c in LETTERS), *"0123456789.,!?'-"]
    vocabulary = {piece: n for n, piece in enumerate(dict.fromkeys(pieces))}
    built = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    built.normalizer = normalizers.BertNormalizer(lowercase=True)
    built.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    built.decoder = decoders.WordPiece()
    built.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    built.add_special_tokens(SPECIAL)
    return built.to_str().encode()


def vocabulary_size() -> int:
    return len(json.loads(tokenizer_json())["model"]["vocab"])


SIZES: Mapping[str, Mapping[str, Any]] = {
    "bert": {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
             "intermediate_size": 32, "max_position_embeddings": 64},
    "electra": {"hidden_size": 16, "embedding_size": 8, "num_hidden_layers": 2,
                "num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 64},
    "roberta": {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
                "intermediate_size": 32, "max_position_embeddings": 66, "type_vocab_size": 1,
                "pad_token_id": 1},
    "xlm-roberta": {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
                    "intermediate_size": 32, "max_position_embeddings": 66, "type_vocab_size": 1,
                    "pad_token_id": 1},
    "distilbert": {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32,
                   "max_position_embeddings": 64},
}  # fmt: skip


def tiny(
    folder: Path, labels: Sequence[str], *, task: str = "token-classification",
    model_type: str = "bert", seed: int = 0,
) -> Path:  # fmt: skip
    """Save a tiny random model with the library's `save_pretrained`, as a member would."""
    import torch
    import transformers

    from finetuning.runners.native import HEADS, STEMS

    torch.manual_seed(seed)
    stem = STEMS[model_type]
    config = getattr(transformers, f"{stem}Config")(
        vocab_size=vocabulary_size(),
        id2label=dict(enumerate(labels)),
        label2id={label: n for n, label in enumerate(labels)},
        **SIZES[model_type],
    )
    model = getattr(transformers, stem + HEADS[task])(config)
    model.save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes(tokenizer_json())
    return folder


def files(folder: Path) -> list[File]:
    """Return the files of a folder as the acceptance rules read them."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            name = path.relative_to(folder).as_posix()
            found.append(File(name, len(data), sha256(data).hexdigest(), lambda d=data: BytesIO(d)))
    return found


def file(name: str, data: bytes) -> File:
    return File(name, len(data), sha256(data).hexdigest(), lambda: BytesIO(data))


def safetensors(header: object, data: bytes = b"", *, raw: bytes | None = None) -> bytes:
    """Return a safetensors file with this header, however wrong it is."""
    text = json.dumps(header).encode() if raw is None else raw
    return struct.pack("<Q", len(text)) + text + data
