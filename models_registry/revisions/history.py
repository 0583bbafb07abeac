"""What happened to a repo: its commits, and the last one that touched each path."""

from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.models import Max, Q

from models_registry.batches import batched
from models_registry.formats.git_objects import COMMIT, EMPTY_TREE, commit_message, inflate
from models_registry.formats.tree_edit import changes
from models_registry.models import Com, CommitParent, Obj, PathDelta
from models_registry.revisions import objects
from models_registry.revisions.reading import Revision

LONGEST_WALK = 200  # commits of a side branch that are looked through

# From a commit down its first parents, to the first one of the default branch.
_MEETING = """
WITH RECURSIVE under(id) AS (
    SELECT CAST(%s AS bigint)
  UNION
    SELECT link.parent_id FROM models_registry_commitparent link
    JOIN under ON link.com_id = under.id AND link.n = 0
    JOIN models_registry_com com ON com.id = under.id AND NOT com.on_default
) SELECT MAX(com.gen) FROM models_registry_com com JOIN under ON com.id = under.id
WHERE com.on_default
"""


def message(com: Com) -> str:
    """Return the whole message of a commit."""
    row = Obj.objects.get(repo=com.repo_id, oid=com.oid, type=COMMIT)
    return commit_message(objects.read_small(com.repo_id, row.oid))


def messages(repo_id: int, oids: Iterable[str]) -> dict[str, str]:
    """Return the whole messages of these commits of a repo, in one query a batch."""
    found = {}
    for batch in batched(oids):
        rows = Obj.objects.filter(repo=repo_id, oid__in=batch, type=COMMIT, base=None)
        for oid, size, data in rows.values_list("oid", "size", "data"):
            found[oid] = commit_message(inflate(bytes(data), size))  # type: ignore[arg-type]
    return found


def _first_parent(com_id: int) -> Com | None:
    link = CommitParent.objects.filter(com=com_id, n=0).select_related("parent__author").first()
    return link.parent if link else None


def _side_commits(revision: Revision) -> Iterator[Com]:
    """Yield commits down to, without, the first one of the default branch."""
    com: Com | None = Com.objects.select_related("author").get(pk=revision.com_id)
    for _step in range(LONGEST_WALK):
        if com is None or com.on_default:
            return
        yield com
        com = _first_parent(com.pk)


def _meeting(revision: Revision) -> int:
    """Return below which generation a side branch goes on as the default branch; 0 where it never
    does, since the default branch was squashed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MEETING, [revision.com_id])
        (gen,) = cursor.fetchone()
    return 0 if gen is None else int(gen) + 1


def _on_default(revision: Revision, below: int) -> "Iterator[Com]":
    found = Com.objects.filter(repo=revision.repo, on_default=True, gen__lt=below)
    return found.select_related("author").order_by("-gen").iterator(chunk_size=200)


def history(
    revision: Revision, *, path: str = "", after: str | None = None, limit: int = 50
) -> list[Com]:
    """Return up to `limit` commits from `revision` backwards; with `path`, those that touched it.

    `after`: the oid of the last commit of the page before.
    """
    found: list[Com] = []
    waiting = after is not None
    for com in _touching(revision, path) if path else _all(revision, after):
        if waiting:
            waiting = com.oid != after
            continue
        found.append(com)
        if len(found) >= limit:
            break
    return found


def _all(revision: Revision, after: str | None) -> Iterator[Com]:
    below = revision.gen + 1
    if not revision.on_default:
        yield from _side_commits(revision)
        below = _meeting(revision)
    if after is not None:
        last = Com.objects.filter(repo=revision.repo, oid=after, on_default=True).first()
        below = min(below, last.gen + 1) if last else below
    yield from _on_default(revision, below)


def _touching(revision: Revision, path: str) -> Iterator[Com]:
    for com in _side_commits(revision) if not revision.on_default else ():
        if path in _touched(com):
            yield com
    below = revision.gen + 1 if revision.on_default else _meeting(revision)
    rows = PathDelta.objects.filter(_reaching([path]), repo=revision.repo, gen__lt=below)
    for row in rows.select_related("com__author").order_by("-gen").iterator(chunk_size=200):
        yield row.com


def _touched(com: Com) -> set[str]:
    parent = _first_parent(com.pk)
    before = parent.tree if parent else EMPTY_TREE
    found = changes(lambda oid: objects.tree(com.repo_id, oid), before, com.tree)
    return {change.path for change in found}


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _reaching(paths: Iterable[str]) -> Q:
    """Rows of these paths, and of folders above them that went away with all they held."""
    paths = list(paths)
    above = {folder for path in paths for folder in _above(path)}
    return Q(path__in=paths) | Q(path__in=above, whole=True)


def last_commits(revision: Revision, paths: Iterable[str]) -> dict[str, Com]:
    """Return for each path the commit that last touched it.

    On a side branch the walk is capped; a path that it does not reach within `LONGEST_WALK`
    commits, nor on the default branch below, is left out.
    """
    missing = set(paths)
    found: dict[str, Com] = {}
    for com in _side_commits(revision) if not revision.on_default else ():
        for path in missing & _touched(com):
            found[path] = com
        missing -= found.keys()
        if not missing:
            return found
    below = revision.gen + 1 if revision.on_default else _meeting(revision)
    return found | _from_deltas(revision, missing, below)


def _from_deltas(revision: Revision, paths: set[str], below: int) -> dict[str, Com]:
    newest: dict[str, int] = {}
    for batch in batched(sorted(paths)):
        rows = PathDelta.objects.filter(repo=revision.repo, path__in=batch, gen__lt=below)
        newest |= dict(rows.values("path").annotate(at=Max("gen")).values_list("path", "at"))
    commits: dict[int, Com] = {}
    for gens in batched(set(newest.values())):
        rows = Com.objects.filter(repo=revision.repo, on_default=True, gen__in=gens)  # type: ignore[assignment]
        commits |= {com.gen: com for com in rows.select_related("author")}  # type: ignore[misc]
    return {path: commits[gen] for path, gen in newest.items() if gen in commits}
