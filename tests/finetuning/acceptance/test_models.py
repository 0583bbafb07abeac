"""Whole revisions: what a job is given, and what keeps a model out."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from finetuning.acceptance import File, Report, ScanState, architectures, examine
from tests.finetuning.models import SIZES, file, files, safetensors, tiny

LABELS = ["O", "B-person", "I-person"]
TOKENS, TEXTS = "token-classification", "text-classification"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory.mktemp("good"), LABELS)


@pytest.fixture
def repo(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "repo"))


def config(repo: Path, **changes: Any) -> None:
    path = repo / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def refused(report: Report, rule: str) -> str:
    assert report.state is ScanState.REFUSED
    assert report.accepted is None
    (finding,) = report.refusals
    assert finding.rule == rule, finding
    return finding.text


@pytest.mark.parametrize("task", [TOKENS, TEXTS])
@pytest.mark.parametrize("model_type", SIZES)
def test_what_the_library_saves_is_accepted(model_type: str, task: str, tmp_path: Path) -> None:
    """Our names and shapes are the library's: every tensor predicted, the count equal."""
    import torch
    from safetensors.torch import load_file

    saved = tiny(tmp_path, LABELS, task=task, model_type=model_type)
    report = examine(files(saved), task)
    assert report.findings == ()
    assert report.accepted is not None
    real = load_file(saved / "model.safetensors")
    assert report.accepted.parameters == sum(t.numel() for t in real.values())
    assert all(tensor.dtype == torch.float32 for tensor in real.values())


def test_the_job_gets_a_config_of_ours(repo: Path) -> None:
    config(
        repo, _name_or_path="/etc/passwd", torchscript=True, attn_implementation="kernels/evil",
        transformers_version="9", label2id={"x": 1}, unknown={"deep": ["er"]},
    )  # fmt: skip
    accepted = examine(files(repo), TOKENS).accepted
    assert accepted is not None
    assert set(accepted.config) <= {
        "model_type", "id2label", "label2id", *architectures.COMMON_KEPT,
        *(bound.name for bound in architectures.ARCHITECTURES["bert"].bounds),
    }  # fmt: skip
    assert accepted.id2label == {"0": "O", "1": "B-person", "2": "I-person"}


def test_the_digest_names_every_byte_that_is_run(repo: Path) -> None:
    before = examine(files(repo), TOKENS).accepted
    (repo / "README.md").write_text("a card says nothing to a model")
    after = examine(files(repo), TOKENS).accepted
    assert before is not None and after is not None
    assert before.digest == after.digest
    config(repo, layer_norm_eps=1e-5)
    changed = examine(files(repo), TOKENS).accepted
    assert changed is not None
    assert changed.digest != before.digest


def test_auto_map_is_refused(repo: Path) -> None:
    config(repo, auto_map={"AutoModel": "modeling.Evil"})
    assert "auto_map" in refused(examine(files(repo), TOKENS), "auto_map")


def test_a_quantisation_config_is_refused(repo: Path) -> None:
    config(repo, quantization_config={"quant_method": "bitsandbytes"})
    refused(examine(files(repo), TOKENS), "quantization_config")


@pytest.mark.parametrize("kind", ["chatglm", "llama", None, "../bert", 7, ["bert"]])
def test_another_model_type_is_refused_by_name(repo: Path, kind: object) -> None:
    config(repo, model_type=kind)
    assert "bert" in refused(examine(files(repo), TOKENS), "model_type")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_hidden_layers", 10_000),
        ("num_hidden_layers", 0),
        ("hidden_size", 1_000_000),
        ("hidden_size", "16"),
        ("hidden_size", 16.0),
        ("hidden_size", True),
        ("vocab_size", -1),
        ("intermediate_size", 10**30),
        ("max_position_embeddings", None),
        ("num_attention_heads", 3),
    ],
)
def test_a_number_out_of_bounds_is_refused(repo: Path, name: str, value: object) -> None:
    """Scenario 9: ten thousand layers, and other numbers that no model has."""
    config(repo, **{name: value})
    refused(examine(files(repo), TOKENS), "bounds")


def test_a_config_bomb_costs_nothing(repo: Path) -> None:
    """Scenario 9. Each number within its bounds, and still 400 GB in all: arithmetic only."""
    config(repo, num_hidden_layers=128, hidden_size=16_384, intermediate_size=65_536)
    text = refused(examine(files(repo), TOKENS), "tensors")
    assert "16384" in text


def test_a_tensor_of_another_shape_is_refused(repo: Path) -> None:
    config(repo, intermediate_size=48)
    assert "intermediate" in refused(examine(files(repo), TOKENS), "tensors")


def test_a_tensor_that_nothing_promises_is_refused(repo: Path) -> None:
    config(repo, num_hidden_layers=1)
    assert "layer.1" in refused(examine(files(repo), TOKENS), "tensors")


def test_a_base_model_without_a_head_is_refused(repo: Path) -> None:
    assert "pooler" in refused(examine(files(repo), TEXTS), "tensors")


@pytest.mark.parametrize(
    "labels", [{}, {"0": "O", "2": "X"}, {"0": 1}, {"0": "x" * 101}, ["O"], {"0": ""}]
)
def test_labels_must_be_numbered_names(repo: Path, labels: object) -> None:
    config(repo, id2label=labels)
    refused(examine(files(repo), TOKENS), "labels")


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"a": 1, "a": 2}', b"\xff", b"[" * 100_000])
def test_a_config_that_is_no_plain_object_is_refused(repo: Path, raw: bytes) -> None:
    (repo / "config.json").write_bytes(raw)
    refused(examine(files(repo), TOKENS), "json")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(repo: Path, name: str) -> None:
    (repo / name).unlink()
    assert name in refused(examine(files(repo), TOKENS), "missing")


def test_an_adapter_is_told_to_be_merged(repo: Path) -> None:
    (repo / "model.safetensors").rename(repo / "adapter_model.safetensors")
    assert "merge" in refused(examine(files(repo), TOKENS), "adapter")


def test_shards_are_read_as_one_model(repo: Path) -> None:
    from safetensors.torch import load_file, save_file

    whole = load_file(repo / "model.safetensors")
    (repo / "model.safetensors").unlink()
    names = sorted(whole)
    parts = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for path, part in parts.items():
        save_file({name: whole[name] for name in part}, repo / path)
    where = {name: path for path, part in parts.items() for name in part}
    (repo / "model.safetensors.index.json").write_text(json.dumps({"weight_map": where}))
    accepted = examine(files(repo), TOKENS).accepted
    assert accepted is not None
    assert set(accepted.weights) == {"a.safetensors", "b.safetensors"}
    where[names[0]] = "../../etc/passwd.safetensors"
    (repo / "model.safetensors.index.json").write_text(json.dumps({"weight_map": where}))
    refused(examine(files(repo), TOKENS), "index")


def test_integers_are_no_weights(repo: Path) -> None:
    from safetensors.torch import load_file, save_file

    whole = load_file(repo / "model.safetensors")
    whole["classifier.bias"] = whole["classifier.bias"].long()
    save_file(whole, repo / "model.safetensors")
    assert "I64" in refused(examine(files(repo), TOKENS), "tensors")


@pytest.mark.parametrize("path", ["../up.json", "/etc/x.json", "a//b.json", "a/./b.json", "a\\b"])
def test_paths_that_lead_elsewhere_are_refused(path: str) -> None:
    refused(examine([file(path, b"{}")], TOKENS), "path")


def test_links_are_refused() -> None:
    link = file("config.json", b"/etc/passwd")
    refused(examine([File(link.path, link.size, link.sha256, link.open, "symlink")]), "kind")


def test_too_many_files_are_refused() -> None:
    refused(examine([file(f"{n}.json", b"{}") for n in range(201)]), "count")


def test_other_files_are_listed_as_ignored(repo: Path) -> None:
    (repo / "LICENSE").write_text("Apache-2.0")
    (repo / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    report = examine(files(repo), TOKENS)
    assert report.state is ScanState.CLEAN
    assert {"LICENSE", "picture.png"} <= set(report.ignored)
    assert report.accepted is not None


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("modeling.py", b"print('code')"),
        ("model.gguf", b"GGUF\x03\0\0\0"),
        ("data.tar.gz", b"\x1f\x8b\x08\0"),
        ("blob.dat", bytes(range(256))),
    ],
)
def test_what_is_not_looked_into_makes_the_state_unknown(
    repo: Path, name: str, data: bytes
) -> None:
    (repo / name).write_bytes(data)
    report = examine(files(repo), TOKENS)
    assert report.state is ScanState.UNKNOWN
    assert report.accepted is not None


def test_no_state_says_safe() -> None:
    assert {state.value for state in ScanState} == {"clean", "refused", "unknown"}


def test_weights_of_a_member_are_never_trusted_by_name() -> None:
    """A text file called .safetensors is refused; a safetensors file called .txt is not used."""
    refused(examine([file("model.safetensors", b"just a text")]), "safetensors")
    report = examine([file("notes.txt", safetensors({}))])
    assert report.accepted is None


def test_a_revision_of_which_only_a_part_was_read_is_unknown(repo: Path) -> None:
    report = examine(files(repo), TOKENS, whole=False)
    assert report.state is ScanState.UNKNOWN
    assert report.accepted is not None


@pytest.mark.parametrize(
    ("name", "size", "rule"),
    [
        ("config.json", 2**20 + 1, "size"),
        ("tokenizer.json", 64 * 2**20 + 1, "tokenizer"),
        ("model.safetensors", 16 * 2**30 + 1, "size"),
    ],
)
def test_a_file_past_its_ceiling_is_refused_unread(
    repo: Path, name: str, size: int, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the size that the store knows: nothing of the file is read for it."""
    from finetuning.acceptance import tensors

    read = tensors.read
    monkeypatch.setattr(tensors, "read", lambda given: read(small[given.path]))
    small = {given.path: given for given in files(repo)}
    grown = [replace(f, size=size) if f.path == name else f for f in small.values()]
    assert f"{name.partition('.')[0]}" in refused(examine(grown, TOKENS), rule) or rule == "size"


def test_an_adapters_settings_do_not_make_it_a_model(repo: Path) -> None:
    """Rule 4: a base named by a path or another hub's name is never resolved."""
    (repo / "model.safetensors").rename(repo / "adapter_model.safetensors")
    named = {"peft_type": "LORA", "base_model_name_or_path": "/etc", "auto_mapping": {"x": "y"}}
    (repo / "adapter_config.json").write_text(json.dumps(named))
    refused(examine(files(repo), TOKENS), "adapter")
