"""What a file is, by its first bytes and its name; the name alone is never believed."""

from pathlib import PurePosixPath

from finetuning.acceptance import pickles
from finetuning.acceptance.report import File, Finding

SNIFF_BYTES = 64 * 1024
MAX_FILES = 200
WEIGHTS = ".safetensors"
USED_SUFFIXES = {WEIGHTS, ".json", ".txt", ".model", ".jinja", ".md"}
PICKLE_SUFFIXES = {
    ".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".dill", ".npy", ".npz",
    ".h5", ".hdf5", ".keras", ".mar", ".pb", ".msgpack", ".t7", ".nemo", ".skops",
}  # fmt: skip
MAGIC = {
    b"PK\x03\x04": "an archive (the container of torch.save, too)",
    b"PK\x05\x06": "an archive",
    b"\x93NUMPY": "a numpy array file",
    b"\x89HDF\r\n\x1a\n": "an HDF5 file",
}
UNEXAMINED_MAGIC = {
    b"GGUF": "a GGUF model",
    b"\x1f\x8b": "compressed data",
    b"BZh": "compressed data",
    b"\xfd7zXZ": "compressed data",
    b"(\xb5/\xfd": "compressed data",
}
IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"RIFF")
TAR_AT, TAR = 257, b"ustar"
CODE_SUFFIXES = {".py", ".so", ".sh", ".exe", ".dll", ".js", ".ipynb"}
BEFORE_FIX = "Save the model with `save_pretrained`, which writes safetensors, and remove "


def path_findings(files: list[File]) -> list[Finding]:
    """Refuse what no job could hold: too many files, links, and paths that lead elsewhere."""
    found = []
    if len([file for file in files if suffix(file) in USED_SUFFIXES]) > MAX_FILES:
        text = f"The revision holds more than {MAX_FILES} files of the kinds that are used."
        found.append(Finding("", "count", text))
    for file in files:
        parts = file.path.split("/")
        if file.kind != "file":
            found.append(Finding(file.path, "kind", f"{file.path} is a {file.kind}, not a file."))
        if file.path.startswith("/") or {"", ".", ".."} & set(parts) or "\\" in file.path:
            found.append(Finding(file.path, "path", f"The path {file.path!r} leads elsewhere."))
    return found


def suffix(file: File) -> str:
    return PurePosixPath(file.path).suffix.lower()


def sniff(file: File) -> Finding | None:
    """Return what the first bytes say against the file, if anything."""
    head = file.head(SNIFF_BYTES)
    danger = pickle_capable(file, head)
    if danger:
        fix = f"{BEFORE_FIX}{file.path}."
        return Finding(
            file.path, "pickle", f"{file.path} is {danger}: loading it can run code. {fix}"
        )
    kind = unexamined(file, head)
    if kind:
        text = f"{file.path} is {kind}, which is not looked into and not used."
        return Finding(file.path, "unexamined", text, refuses=False)
    return None


def pickle_capable(file: File, head: bytes) -> str:
    for magic, what in MAGIC.items():
        if head.startswith(magic):
            return what
    if pickles.look(head, file.size) is pickles.Look.PICKLE:
        return "a pickle"
    if suffix(file) in PICKLE_SUFFIXES:
        return f"a {suffix(file)} file"
    return ""


def unexamined(file: File, head: bytes) -> str:
    """Return what kind of thing was left unread, or "" for text, images and checked formats."""
    for magic, what in UNEXAMINED_MAGIC.items():
        if head.startswith(magic):
            return what
    if head[TAR_AT : TAR_AT + len(TAR)] == TAR:
        return "a tar archive"
    if suffix(file) in CODE_SUFFIXES:
        return "program code"
    if suffix(file) == WEIGHTS:  # whose header is read whole, right after this
        return ""
    if pickles.look(head, file.size) is pickles.Look.PERHAPS:
        return "begun like a pickle"
    if suffix(file) in USED_SUFFIXES or head.startswith(IMAGES) or is_text(head):
        return ""
    return "of an unknown kind"


def is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 and len(head) == SNIFF_BYTES
    return True
