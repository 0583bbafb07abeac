"""What is bounded by a repo's size alone: copying it, squashing it, taking a file out of all of it.

    .venv/bin/python -m benchmarks.copies            # 10,000 files in 100 folders, 5,000 commits

Each is one call of the function behind the Hub's door, in this process; both databases, each fresh.
"""

import random
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.databases import on_both

FILES, COMMITS = 10_000, 5_000


def path_of(number: int) -> str:
    return f"f{number // 100:03}/file{number:05}.txt"


def large_repo() -> tuple[Any, Any]:
    """Return (repo, its owner): one commit of all files and a large one, then edits of one file."""
    from models_registry import repos, revisions
    from portal.people.models import Person
    from tests.factories import PersonFactory, make_lfs

    owner: Person = PersonFactory(username="maker")
    repo = repos.create(owner.namespace, "large", by=owner)
    paths = [path_of(number) for number in range(FILES)]
    first = [revisions.AddFile(path, path.encode()) for path in paths]
    weights = make_lfs(repo, owner, b"weights")("f000/weights.bin")
    revisions.commit(repo, author=owner, operations=[*first, weights], summary="first")
    chosen = random.Random(7)
    for number in range(COMMITS):
        edit = revisions.AddFile(chosen.choice(paths), f"edit {number}".encode())
        revisions.commit(repo, author=owner, operations=[edit], summary=f"edit {number}")
    return repo, owner


def timed(what: str, act: Callable[[], object]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{what}: {wall:.2f} s, of which {cpu:.2f} CPU in this process", flush=True)


def measure() -> None:
    import django

    django.setup()
    from django.db import connection

    from models_registry import copying
    from models_registry.models import Repo, RepoBlob
    from models_registry.revisions import garbage, objects, rewriting, squashing
    from portal.access import Actor

    print(f"\n{connection.vendor}: {FILES:,} files, {COMMITS:,} commits", flush=True)
    repo, owner = large_repo()
    objects.forget()
    space = owner.namespace
    timed("copy", lambda: copying.copy(repo, space, "copy", by=Actor(owner)))
    copied = Repo.objects.select_related("namespace").get(name="copy")
    squash = squashing.squash
    timed("squash", lambda: squash(copied, copied.default_ref, by=owner, message="all"))
    timed("note what is out of reach", garbage.sweep)
    garbage.GRACE *= -1  # the day is over
    timed("remove it", garbage.sweep)
    keys = list(RepoBlob.objects.filter(repo=repo).values_list("blob", flat=True))
    timed("take a file out of every commit", lambda: rewriting.remove(repo, keys, by=owner))


if __name__ == "__main__":
    measure() if sys.argv[1:] == ["measure"] else on_both("benchmarks.copies")
