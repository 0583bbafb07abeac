"""What a file is, by its first bytes and its name; the name alone is never believed."""

from pathlib import PurePosixPath

from finetuning.acceptance import pickles
from finetuning.acceptance.report import File, Finding
from models_registry.formats.sentences import Sentence
from models_registry.formats.sentences import Sentence as _

SNIFF_BYTES = 64 * 1024
MAX_FILES = 200
WEIGHTS = ".safetensors"
USED_SUFFIXES = {WEIGHTS, ".json", ".txt", ".model", ".jinja", ".md"}
PICKLE_SUFFIXES = {
    ".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".dill", ".npy", ".npz",
    ".h5", ".hdf5", ".keras", ".mar", ".pb", ".msgpack", ".t7", ".nemo", ".skops",
}  # fmt: skip
MAGIC = {
    b"PK\x03\x04": _("an archive (the container of torch.save, too)"),
    b"PK\x05\x06": _("an archive"),
    b"\x93NUMPY": _("a numpy array file"),
    b"\x89HDF\r\n\x1a\n": _("an HDF5 file"),
}
COMPRESSED = _("compressed data")
UNEXAMINED_MAGIC = {
    b"GGUF": _("a GGUF model"),
    b"\x1f\x8b": COMPRESSED,
    b"BZh": COMPRESSED,
    b"\xfd7zXZ": COMPRESSED,
    b"(\xb5/\xfd": COMPRESSED,
}
IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"RIFF")
TAR_AT, TAR = 257, b"ustar"
CODE_SUFFIXES = {".py", ".so", ".sh", ".exe", ".dll", ".js", ".ipynb"}


def path_findings(files: list[File]) -> list[Finding]:
    """Refuse what no job could hold: too many files, links, and paths that lead elsewhere."""
    found = []
    if len([file for file in files if suffix(file) in USED_SUFFIXES]) > MAX_FILES:
        text = _(
            "The revision holds more than {most} files of the kinds that are used.", most=MAX_FILES
        )
        found.append(Finding("", "count", text))
    for file in files:
        parts = file.path.split("/")
        if file.kind != "file":
            text = _("{path} is a {kind}, not a file.", path=file.path, kind=file.kind)
            found.append(Finding(file.path, "kind", text))
        if file.path.startswith("/") or {"", ".", ".."} & set(parts) or "\\" in file.path:
            text = _("The path {path!r} leads elsewhere.", path=file.path)
            found.append(Finding(file.path, "path", text))
    return found


def suffix(file: File) -> str:
    return PurePosixPath(file.path).suffix.lower()


def sniff(file: File) -> Finding | None:
    """Return what the first bytes say against the file, if anything."""
    head = file.head(SNIFF_BYTES)
    danger = pickle_capable(file, head)
    if danger:
        text = _(
            "{path} is {what}: loading it can run code. Save the model with `save_pretrained`, "
            "which writes safetensors, and remove {path}.",
            path=file.path,
            what=danger,
        )
        return Finding(file.path, "pickle", text)
    kind = unexamined(file, head)
    if kind:
        said = {"path": file.path, "what": kind}
        text = _("{path} is {what}, which is not looked into and not used.", **said)
        return Finding(file.path, "unexamined", text, refuses=False)
    return None


def pickle_capable(file: File, head: bytes) -> Sentence | None:
    for magic, what in MAGIC.items():
        if head.startswith(magic):
            return what
    if pickles.look(head, file.size) is pickles.Look.PICKLE:
        return _("a pickle")
    if suffix(file) in PICKLE_SUFFIXES:
        return _("a {suffix} file", suffix=suffix(file))
    return None


def unexamined(file: File, head: bytes) -> Sentence | None:
    """Return what kind of thing was left unread; None for text, images and checked formats."""
    for magic, what in UNEXAMINED_MAGIC.items():
        if head.startswith(magic):
            return what
    if head[TAR_AT : TAR_AT + len(TAR)] == TAR:
        return _("a tar archive")
    if suffix(file) in CODE_SUFFIXES:
        return _("program code")
    if suffix(file) == WEIGHTS:  # whose header is read whole, right after this
        return None
    if pickles.look(head, file.size) is pickles.Look.PERHAPS:
        return _("begun like a pickle")
    if suffix(file) in USED_SUFFIXES or head.startswith(IMAGES) or is_text(head):
        return None
    return _("of an unknown kind")


def is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 and len(head) == SNIFF_BYTES
    return True
