"""Step 2 of a commit: what the lines say, in the registry's own words."""

from models_registry.hub_api.commit import ndjson
from models_registry.revisions import AddFile, AddLfs, CopyFile, DeletePath

Operation = AddFile | AddLfs | CopyFile | DeletePath


class SpooledFile(AddFile):
    """A file whose content is read from the spool each time it is asked for, never all at once."""

    def __init__(self, file: ndjson.File, spool: ndjson.Spool) -> None:
        object.__setattr__(self, "path", file.path)
        object.__setattr__(self, "_read", lambda: spool.get(file))

    @property
    def content(self) -> bytes:  # type: ignore[override]
        return self._read()  # type: ignore[attr-defined,no-any-return]


def operation(line: ndjson.Line, spool: ndjson.Spool) -> Operation:
    """Return the registry's operation for one line of a commit."""
    match line:
        case ndjson.File():
            return SpooledFile(line, spool)
        case ndjson.LfsFile():
            return AddLfs(line.path, line.sha256, line.size)
        case ndjson.Copy():
            return CopyFile(line.path, line.source, line.revision)
        case ndjson.Delete():
            return DeletePath(line.path, folder=line.folder)
