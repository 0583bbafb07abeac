"""How many parameters a model has: counted in the headers of its safetensors files.

Nothing is guessed: a file that cannot be read as safetensors, or headers beyond what one commit
may spend on them, leave the number unknown.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, BinaryIO

from models_registry.formats.git_objects import FOLDER_MODE, Tree
from models_registry.formats.safetensors import Malformed, Tensor, read_header
from models_registry.models import Repo
from models_registry.models.repos import Kind
from models_registry.revisions import objects
from models_registry.revisions.objects import Facts
from models_registry.storage.contents import opened

SUFFIX = ".safetensors"
MOST_FILES = 300
LONGEST_HEADERS = 16 * 2**20  # bytes of all headers of one revision
_WHOLE = re.compile(r"model(-\d{5}-of-\d{5})?\.safetensors")


def chosen(names: Iterable[str]) -> list[str]:
    """Return which files of a folder are the model: `model*` where there are some, else all."""
    found = [name for name in names if name.endswith(SUFFIX)]
    return [name for name in found if _WHOLE.fullmatch(name)] or found


def counted(headers: Iterable[Mapping[str, Tensor]]) -> dict[str, Any]:
    """Return {"parameters": {type: number}, "total": number} as the Hub tells it."""
    of_type: Counter[str] = Counter()
    for header in headers:
        for tensor in header.values():
            of_type[tensor.dtype] += tensor.items
    return {"parameters": dict(sorted(of_type.items())), "total": of_type.total()}


def parameters(repo: Repo, root: Tree, arrived: Mapping[str, bytes | Facts]) -> dict[str, Any]:
    """Return the count for a revision with this root folder; {} where it is not known.

    `arrived`: by git id, the content of a file that the commit brings along, or the facts of one
    whose bytes the store has.
    """
    names = chosen(root) if repo.kind == Kind.MODEL else []
    oids = [root[name][1] for name in names if root[name][0] != FOLDER_MODE]
    if not oids or len(oids) > MOST_FILES:
        return {}
    stored = objects.facts(repo.pk, (oid for oid in oids if oid not in arrived))
    known: dict[str, bytes | Facts] = {**stored, **arrived}
    headers, room = [], LONGEST_HEADERS
    for oid in oids:
        file, size = _opened(repo, oid, known[oid])
        with file:
            room -= min(int.from_bytes(file.read(8), "little"), size)
            file.seek(0)
            if room < 0:
                return {}
            try:
                headers.append(read_header(file, size))
            except Malformed:
                return {}
    return counted(headers)


def _opened(repo: Repo, oid: str, found: bytes | Facts) -> tuple[BinaryIO, int]:
    if isinstance(found, bytes):
        return BytesIO(found), len(found)
    key = found.lfs or found.store_key
    return opened(key) if key else BytesIO(objects.read_small(repo.pk, oid)), found.size
