"""A folder of real files becomes a repo, as an upload by one of the demo's people would."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from models_registry import repos, revisions, uploads
from models_registry.models import Repo
from models_registry.quotas import charged_to
from models_registry.storage import store
from models_registry.storage.ownership import own
from portal.people.models import Namespace, Person

Source = Path | bytes


def repo_of(namespace: Namespace, name: str, kind: str, *, by: Person) -> Repo:
    """Return the repo of this name, made if it is not there."""
    key = f"{namespace.name}/{name}".lower()
    found = Repo.objects.filter(kind=kind, key=key).select_related("namespace").first()
    return found or repos.create(namespace, name, by=by, kind=kind)


def holds(repo: Repo, path: str) -> bool:
    return bool(revisions.entries(revisions.resolve(repo), [path]))


def publish(repo: Repo, files: Mapping[str, Source], *, by: Person, summary: str) -> None:
    """Commit these files; what the repo's rules call large goes the way of LFS."""
    rules = uploads.rules(revisions.resolve(repo))
    operations = [_operation(repo, rules, path, source, by) for path, source in files.items()]
    revisions.commit(repo, author=by, operations=operations, summary=summary)
    repo.refresh_from_db()


def _operation(
    repo: Repo, rules: uploads.Rules, path: str, source: Source, by: Person
) -> revisions.Operation:
    with _opened(source) as file:
        size = file.seek(0, 2)
        file.seek(0)
        sample = file.read(512)
        file.seek(0)
        if rules.mode(path, size, sample) == "regular":
            return revisions.AddFile(path, file.read())
        content = store.receive(file, expect_size=size)
    own(repo, content, by=by, charged=charged_to(repo, by))
    return revisions.AddLfs(path, content.sha256, content.size)


def _opened(source: Source) -> BinaryIO:
    return BytesIO(source) if isinstance(source, bytes) else source.open("rb")
