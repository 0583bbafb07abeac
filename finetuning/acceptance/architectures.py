"""The tensors that a configuration promises, by arithmetic alone.

For each allowed `model_type` and task: every parameter's name and shape, in Python integers. A
configuration of ten thousand layers costs a comparison here, where building it would cost the
machine. Names and shapes follow the library's own classes (a test compares them).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from models_registry.formats.sentences import Fault
from models_registry.formats.sentences import Sentence as _

Shape = tuple[int, ...]
Named = Iterator[tuple[str, Shape]]


class OutOfBounds(Fault):
    """A setting is no number that is allowed."""


@dataclass(frozen=True)
class Bound:
    """An integer setting: its name, smallest, largest and default value."""

    name: str
    low: int
    high: int
    default: int


@dataclass(frozen=True)
class Architecture:
    """`tensors(sizes, classes, task)` yields what must be there; `optional` names what may be."""

    bounds: tuple[Bound, ...]
    tensors: Callable[[dict[str, int], int, str], Named]
    optional: Callable[[dict[str, int]], dict[str, Shape]]
    kept: tuple[str, ...]


MAX_LAYERS, MAX_WIDTH, MAX_VOCABULARY = 128, 16_384, 1_000_000
COMMON_KEPT = (
    "hidden_act", "layer_norm_eps", "position_embedding_type", "pad_token_id", "bos_token_id",
    "eos_token_id", "initializer_range", "hidden_dropout_prob", "attention_probs_dropout_prob",
    "classifier_dropout",
)  # fmt: skip


def linear(name: str, out: int, into: int) -> Named:
    yield f"{name}.weight", (out, into)
    yield f"{name}.bias", (out,)


def norm(name: str, width: int) -> Named:
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)


def embeddings(prefix: str, s: dict[str, int], width: int) -> Named:
    yield f"{prefix}.word_embeddings.weight", (s["vocab_size"], width)
    yield f"{prefix}.position_embeddings.weight", (s["max_position_embeddings"], width)
    yield f"{prefix}.token_type_embeddings.weight", (s["type_vocab_size"], width)
    yield from norm(f"{prefix}.LayerNorm", width)


def encoder(prefix: str, s: dict[str, int]) -> Named:
    width, inner = s["hidden_size"], s["intermediate_size"]
    for n in range(s["num_hidden_layers"]):
        layer = f"{prefix}.encoder.layer.{n}"
        for part in ("query", "key", "value"):
            yield from linear(f"{layer}.attention.self.{part}", width, width)
        yield from linear(f"{layer}.attention.output.dense", width, width)
        yield from norm(f"{layer}.attention.output.LayerNorm", width)
        yield from linear(f"{layer}.intermediate.dense", inner, width)
        yield from linear(f"{layer}.output.dense", width, inner)
        yield from norm(f"{layer}.output.LayerNorm", width)


def bert(s: dict[str, int], classes: int, task: str) -> Named:
    yield from embeddings("bert.embeddings", s, s["hidden_size"])
    yield from encoder("bert", s)
    if task == "text-classification":
        yield from linear("bert.pooler.dense", s["hidden_size"], s["hidden_size"])
    yield from linear("classifier", classes, s["hidden_size"])


def deep_head(s: dict[str, int], classes: int, task: str) -> Named:
    width = s["hidden_size"]
    if task == "text-classification":
        yield from linear("classifier.dense", width, width)
        yield from linear("classifier.out_proj", classes, width)
    else:
        yield from linear("classifier", classes, width)


def roberta(s: dict[str, int], classes: int, task: str) -> Named:
    yield from embeddings("roberta.embeddings", s, s["hidden_size"])
    yield from encoder("roberta", s)
    yield from deep_head(s, classes, task)


def electra(s: dict[str, int], classes: int, task: str) -> Named:
    yield from embeddings("electra.embeddings", s, s["embedding_size"])
    if s["embedding_size"] != s["hidden_size"]:
        yield from linear("electra.embeddings_project", s["hidden_size"], s["embedding_size"])
    yield from encoder("electra", s)
    yield from deep_head(s, classes, task)


def distilbert(s: dict[str, int], classes: int, task: str) -> Named:
    width, inner = s["dim"], s["hidden_dim"]
    yield "distilbert.embeddings.word_embeddings.weight", (s["vocab_size"], width)
    yield "distilbert.embeddings.position_embeddings.weight", (s["max_position_embeddings"], width)
    yield from norm("distilbert.embeddings.LayerNorm", width)
    for n in range(s["n_layers"]):
        layer = f"distilbert.transformer.layer.{n}"
        for part in ("q_lin", "k_lin", "v_lin", "out_lin"):
            yield from linear(f"{layer}.attention.{part}", width, width)
        yield from norm(f"{layer}.sa_layer_norm", width)
        yield from linear(f"{layer}.ffn.lin1", inner, width)
        yield from linear(f"{layer}.ffn.lin2", width, inner)
        yield from norm(f"{layer}.output_layer_norm", width)
    if task == "text-classification":
        yield from linear("pre_classifier", width, width)
    yield from linear("classifier", classes, width)


def may_hold(prefix: str, *, pooler: bool) -> Callable[[dict[str, int]], dict[str, Shape]]:
    """Return what older checkpoints carry beside the parameters: position ids, an unused pooler."""

    def optional(s: dict[str, int]) -> dict[str, Shape]:
        found: dict[str, Shape] = {
            f"{prefix}.embeddings.position_ids": (1, s["max_position_embeddings"])
        }
        if pooler:
            found |= dict(linear(f"{prefix}.pooler.dense", s["hidden_size"], s["hidden_size"]))
        return found

    return optional


def sizes(positions: int, types: int, *more: Bound) -> tuple[Bound, ...]:
    return (
        Bound("vocab_size", 1, MAX_VOCABULARY, 30_522),
        Bound("hidden_size", 1, MAX_WIDTH, 768),
        Bound("num_hidden_layers", 1, MAX_LAYERS, 12),
        Bound("num_attention_heads", 1, 512, 12),
        Bound("intermediate_size", 1, 4 * MAX_WIDTH, 3072),
        Bound("max_position_embeddings", 8, 32_768, positions),
        Bound("type_vocab_size", 1, 64, types),
        *more,
    )


DISTILBERT_SIZES = (
    Bound("vocab_size", 1, MAX_VOCABULARY, 30_522),
    Bound("dim", 1, MAX_WIDTH, 768),
    Bound("n_layers", 1, MAX_LAYERS, 6),
    Bound("n_heads", 1, 512, 12),
    Bound("hidden_dim", 1, 4 * MAX_WIDTH, 3072),
    Bound("max_position_embeddings", 8, 32_768, 512),
)
DISTILBERT_KEPT = (
    "activation", "dropout", "attention_dropout", "seq_classif_dropout", "pad_token_id",
    "initializer_range", "sinusoidal_pos_embds",
)  # fmt: skip
ROBERTA = Architecture(sizes(512, 2), roberta, may_hold("roberta", pooler=True), COMMON_KEPT)
ARCHITECTURES = {
    "bert": Architecture(sizes(512, 2), bert, may_hold("bert", pooler=True), COMMON_KEPT),
    "roberta": ROBERTA,
    "xlm-roberta": ROBERTA,
    "electra": Architecture(
        sizes(512, 2, Bound("embedding_size", 1, MAX_WIDTH, 128)),
        electra,
        may_hold("electra", pooler=False),
        (*COMMON_KEPT, "summary_type", "summary_use_proj", "summary_activation"),
    ),
    "distilbert": Architecture(
        DISTILBERT_SIZES, distilbert, may_hold("distilbert", pooler=False), DISTILBERT_KEPT
    ),
}


def settings(model_type: str, config: dict[str, Any]) -> dict[str, int]:
    """Return the bounded integer settings; raises `OutOfBounds`, which names it."""
    found = {}
    for bound in ARCHITECTURES[model_type].bounds:
        value = config.get(bound.name, bound.default)
        if type(value) is not int or not bound.low <= value <= bound.high:
            said = {
                "name": bound.name,
                "value": str(value)[:30],
                "low": bound.low,
                "high": bound.high,
            }
            raise OutOfBounds(_("{name} is {value}; {low} to {high} is allowed", **said))
        found[bound.name] = value
    width, heads = found.get("hidden_size", found.get("dim", 1)), heads_of(found)
    if width % heads:
        text = _(
            "a width of {width} cannot be divided among {heads} heads", width=width, heads=heads
        )
        raise OutOfBounds(text)
    return found


def heads_of(found: dict[str, int]) -> int:
    return found.get("num_attention_heads", found.get("n_heads", 1))
