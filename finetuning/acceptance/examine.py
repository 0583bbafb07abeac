"""The examination of one revision for one task."""

from collections.abc import Mapping, Sequence

from finetuning.acceptance import architectures, configuration, content, tensors
from finetuning.acceptance.configuration import Unacceptable
from finetuning.acceptance.report import Accepted, File, Finding, Report
from models_registry.formats.sentences import Sentence as _

MAX_TOKENIZER_BYTES = 64 * 1024 * 1024
MAX_INDEX_BYTES = 16 * 1024 * 1024
MAX_WEIGHT_BYTES = 16 * 1024**3
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


def examine(files: Sequence[File], task: str | None = None, *, whole: bool = True) -> Report:
    """Return what is found in the files of one revision; `whole`: these are all of its files.

    Every file is sniffed and every safetensors header read. With a `task` the model is also
    measured against its configuration; only then can `accepted` be set. Raises nothing for what a
    member uploaded; an `OSError` of the store goes through.
    """
    findings = content.path_findings(list(files))
    if findings:
        return Report(tuple(findings))
    if not whole:
        text = _(
            "The revision has more files than these {count:,}; they were not looked into.",
            count=len(files),
        )
        findings.append(Finding("", "unexamined", text, refuses=False))
    by_path = {file.path: file for file in files}
    headers: dict[str, dict[str, tensors.Tensor]] = {}
    for file in files:
        findings += look(file, headers)
    accepted = None
    if task is not None and not any(finding.refuses for finding in findings):
        try:
            accepted = model(by_path, headers, task)
        except Unacceptable as error:
            findings.append(Finding("", error.rule, error.said, of_task=True))
    used = {file.path for file in accepted.weights.values()} if accepted else set()
    used |= {"config.json", "tokenizer.json", INDEX} if accepted else set()
    return Report(tuple(findings), tuple(sorted(set(by_path) - used)), accepted)


def look(file: File, headers: dict[str, dict[str, tensors.Tensor]]) -> list[Finding]:
    """Sniff one file; read its header where it is a safetensors file."""
    try:
        found = content.sniff(file)
        if found is None and content.suffix(file) == ".safetensors":
            headers[file.path] = tensors.read(file)
    except tensors.Malformed as error:
        text = _("In {path} {fault}.", path=file.path, fault=error.said)
        return [Finding(file.path, "safetensors", text)]
    return [found] if found else []


def model(
    files: Mapping[str, File], headers: Mapping[str, dict[str, tensors.Tensor]], task: str
) -> Accepted:
    """Return what the job gets; raises `Unacceptable`."""
    config = configuration.read(wanted(files, "config.json"))
    tokenizer = wanted(files, "tokenizer.json")
    if tokenizer.size > MAX_TOKENIZER_BYTES:
        raise Unacceptable("tokenizer", _("tokenizer.json is larger than 64 MB."))
    weights, index = shards(files)
    found = {name: t for path in weights for name, t in headers[path].items()}
    if len(found) != sum(len(headers[path]) for path in weights):
        raise Unacceptable("tensors", _("A tensor stands in two files."))
    if sum(file.size for file in weights.values()) > MAX_WEIGHT_BYTES:
        raise Unacceptable("size", _("The weights are larger than 16 GB."))
    count, names = configuration.classes(config)
    try:
        sizes = architectures.settings(config["model_type"], config)
    except architectures.OutOfBounds as error:
        text = _("In {path} {fault}.", path="config.json", fault=error.said)
        raise Unacceptable("bounds", text) from None
    parameters = measured(config["model_type"], sizes, count, task, found)
    written = configuration.rewritten(config, sizes, count)
    return Accepted(written, weights, tokenizer, index, parameters, count, names)


def wanted(files: Mapping[str, File], path: str) -> File:
    if path not in files:
        raise Unacceptable("missing", _("The revision has no {path}.", path=path))
    return files[path]


def shards(files: Mapping[str, File]) -> tuple[dict[str, File], dict[str, str] | None]:
    """Return the weight files, and the index by tensor name where there are several."""
    if WEIGHTS in files:
        return {WEIGHTS: files[WEIGHTS]}, None
    if "adapter_model.safetensors" in files:
        text = _("Adapters are not evaluated yet: merge the adapter into its base model.")
        raise Unacceptable("adapter", text)
    index = configuration.read_json(wanted(files, INDEX), MAX_INDEX_BYTES) if INDEX in files else {}
    where = index.get("weight_map")
    if not isinstance(where, dict) or not where:
        raise Unacceptable("missing", _("The revision has no {path}.", path=WEIGHTS))
    names = {name for name in where.values() if isinstance(name, str)}
    if not all(name.endswith(".safetensors") and "/" not in name for name in names):
        text = _("{path} names a file that is no safetensors file beside it.", path=INDEX)
        raise Unacceptable("index", text)
    return {name: wanted(files, name) for name in sorted(names)}, where


def measured(
    model_type: str,
    sizes: dict[str, int],
    count: int,
    task: str,
    found: Mapping[str, tensors.Tensor],
) -> int:
    """Return the number of parameters, which must be exactly what the configuration promises."""
    architecture = architectures.ARCHITECTURES[model_type]
    total = 0
    expected = set()
    for name, shape in architecture.tensors(sizes, count, task):
        tensor = found.get(name)
        if tensor is None:
            text = _("The weights lack the tensor {name}, which config.json promises.", name=name)
            raise Unacceptable("tensors", text)
        require_like(tensor, shape)
        expected.add(name)
        total += tensor.items
    optional = architecture.optional(sizes)
    for name in sorted(set(found) - expected):
        if name not in optional or found[name].shape not in (optional[name], optional[name][1:]):
            text = _(
                "The weights hold the tensor {name}, which config.json does not promise.",
                name=name[:80],
            )
            raise Unacceptable("tensors", text)
    return total


def require_like(tensor: tensors.Tensor, shape: tuple[int, ...]) -> None:
    if tensor.shape != shape:
        text = _(
            "The tensor {name} has the shape {shape}; config.json promises {promised}.",
            name=tensor.name,
            shape=list(tensor.shape),
            promised=list(shape),
        )
        raise Unacceptable("tensors", text)
    if tensor.dtype not in tensors.FLOATS:
        text = _("The tensor {name} is {kind}, not a float.", name=tensor.name, kind=tensor.dtype)
        raise Unacceptable("tensors", text)
