"""The examination of one revision for one task."""

from collections.abc import Mapping, Sequence

from finetuning.acceptance import architectures, configuration, content, tensors
from finetuning.acceptance.configuration import Unacceptable
from finetuning.acceptance.report import Accepted, File, Finding, Report

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
        text = f"The revision has more files than these {len(files):,}; they were not looked into."
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
            findings.append(Finding("", error.rule, str(error), of_task=True))
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
        return [Finding(file.path, "safetensors", f"In {file.path} {error}.")]
    return [found] if found else []


def model(
    files: Mapping[str, File], headers: Mapping[str, dict[str, tensors.Tensor]], task: str
) -> Accepted:
    """Return what the job gets; raises `Unacceptable`."""
    config = configuration.read(wanted(files, "config.json"))
    tokenizer = wanted(files, "tokenizer.json")
    if tokenizer.size > MAX_TOKENIZER_BYTES:
        raise Unacceptable("tokenizer", "tokenizer.json is larger than 64 MB.")
    weights, index = shards(files)
    found = {name: t for path in weights for name, t in headers[path].items()}
    if len(found) != sum(len(headers[path]) for path in weights):
        raise Unacceptable("tensors", "A tensor stands in two files.")
    if sum(file.size for file in weights.values()) > MAX_WEIGHT_BYTES:
        raise Unacceptable("size", "The weights are larger than 16 GB.")
    count, names = configuration.classes(config)
    try:
        sizes = architectures.settings(config["model_type"], config)
    except ValueError as error:
        raise Unacceptable("bounds", f"In config.json {error}.") from None
    parameters = measured(config["model_type"], sizes, count, task, found)
    written = configuration.rewritten(config, sizes, count)
    return Accepted(written, weights, tokenizer, index, parameters, count, names)


def wanted(files: Mapping[str, File], path: str) -> File:
    if path not in files:
        raise Unacceptable("missing", f"The revision has no {path}.")
    return files[path]


def shards(files: Mapping[str, File]) -> tuple[dict[str, File], dict[str, str] | None]:
    """Return the weight files, and the index by tensor name where there are several."""
    if WEIGHTS in files:
        return {WEIGHTS: files[WEIGHTS]}, None
    if "adapter_model.safetensors" in files:
        text = "Adapters are not evaluated yet: merge the adapter into its base model."
        raise Unacceptable("adapter", text)
    index = configuration.read_json(wanted(files, INDEX), MAX_INDEX_BYTES) if INDEX in files else {}
    where = index.get("weight_map")
    if not isinstance(where, dict) or not where:
        raise Unacceptable("missing", f"The revision has no {WEIGHTS}.")
    names = {name for name in where.values() if isinstance(name, str)}
    if not all(name.endswith(".safetensors") and "/" not in name for name in names):
        raise Unacceptable("index", f"{INDEX} names a file that is no safetensors file beside it.")
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
            text = f"The weights lack the tensor {name}, which config.json promises."
            raise Unacceptable("tensors", text)
        require_like(tensor, shape)
        expected.add(name)
        total += tensor.items
    optional = architecture.optional(sizes)
    for name in sorted(set(found) - expected):
        if name not in optional or found[name].shape not in (optional[name], optional[name][1:]):
            text = f"The weights hold the tensor {name[:80]}, which config.json does not promise."
            raise Unacceptable("tensors", text)
    return total


def require_like(tensor: tensors.Tensor, shape: tuple[int, ...]) -> None:
    if tensor.shape != shape:
        text = f"The tensor {tensor.name} has the shape {list(tensor.shape)}"
        raise Unacceptable("tensors", f"{text}; config.json promises {list(shape)}.")
    if tensor.dtype not in tensors.FLOATS:
        raise Unacceptable("tensors", f"The tensor {tensor.name} is {tensor.dtype}, not a float.")
