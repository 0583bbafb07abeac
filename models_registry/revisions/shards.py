"""The headers of all shards of a model that its safetensors index names."""

import json
from typing import Any

from django.utils.translation import gettext_lazy as _

from models_registry.formats.safetensors import MAX_HEADER_BYTES, Malformed, parsed
from models_registry.revisions.reading import Entry, Revision, entry, open_entry, read
from models_registry.revisions.weights import LONGEST_HEADERS, MOST_FILES
from portal.errors import Invalid
from portal.sentences import filled

LONGEST_INDEX = 8 * 2**20


class NotAnIndex(Invalid):
    code = "NotAnIndex"
    default = _("This file is no index of safetensors files.")


def index_in(revision: Revision, path: str) -> dict[str, Any]:
    """Return the index at `path`, which maps tensors to files; raises `NotAnIndex`."""
    found = entry(revision, path)
    if not found.is_file or found.size > LONGEST_INDEX:
        raise NotAnIndex
    try:
        index = json.loads(read(found))
    except (ValueError, RecursionError):
        raise NotAnIndex from None
    shards = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(shards, dict) or not all(isinstance(name, str) for name in shards.values()):
        raise NotAnIndex
    return dict(index)


def headers(revision: Revision, path: str, index: dict[str, Any]) -> dict[str, Any]:
    """Return the header of every file that the index at `path` names, by its name there."""
    folder = path.rpartition("/")[0]
    names = sorted(set(index["weight_map"].values()))
    if len(names) > MOST_FILES:
        raise NotAnIndex(
            filled(_("This index names more than %(most)d files."), {"most": MOST_FILES})
        )
    found, room = {}, LONGEST_HEADERS
    for name in names:
        shard = entry(revision, f"{folder}/{name}" if folder else name)
        found[name], size = _header(shard, room)
        room -= size
    return found


def _header(shard: Entry, room: int) -> tuple[dict[str, Any], int]:
    if not shard.is_file or shard.size < 8:
        raise _malformed(shard)
    with open_entry(shard) as file:
        size = int.from_bytes(file.read(8), "little")
        if size > min(room, shard.size - 8, MAX_HEADER_BYTES):
            raise _malformed(shard)
        try:
            return parsed(file.read(size)), size
        except Malformed:
            raise _malformed(shard) from None


def _malformed(shard: Entry) -> NotAnIndex:
    return NotAnIndex(
        filled(
            _("“%(path)s” has no safetensors header that can be read here."), {"path": shard.path}
        )
    )
