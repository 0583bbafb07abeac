"""A repo copied as another one: history, branches, tags and large files, without moving a byte.

The copy stands on its source: what the source asks for before its content is given, the copy asks
for too, of everybody, whatever its owner sets. Pull requests and discussions stay where they are.
"""

from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from models_registry import gate, lineage, news, quotas
from models_registry.batches import batched
from models_registry.models import (
    Com,
    CommitParent,
    ComObj,
    Obj,
    PathDelta,
    Ref,
    Repo,
    RepoBlob,
    RepoTag,
)
from models_registry.models.repos import Visibility
from models_registry.repos import claim, record
from models_registry.revisions.ancestry import History
from models_registry.revisions.noting import note_results
from models_registry.search import index_repo
from models_registry.storage.ownership import link, pass_on
from portal.access import Actor, decide
from portal.clock import db_now
from portal.errors import Conflict, Forbidden, NotNow
from portal.people.models import Namespace, Person

SHOWN = (
    "default_branch", "head_oid", "object_bytes", "gated", "licence_id", "card", "card_oid",
    "card_licence", "library_name", "pipeline_tag", "weights",
)  # fmt: skip
ROWS = 250  # rows an INSERT
OBJECTS_AT_MOST = 500_000


class NotPublished(Forbidden):
    code = "NotPublished"
    default = _(
        "What is copied from a private repo stays private, unless you are one of those who decide "
        "about that repo’s visibility."
    )


def copy(source: Repo, namespace: Namespace, name: str, *, by: Actor, visibility: str = "") -> Repo:
    """Copy `source`, whose content `by` may have, as a new repo; `NameTaken` where there is one.

    `visibility`: that of the source if not said. Refused: `NotPublished`, `QuotaReached`.
    """
    person = by.person
    assert person is not None
    wanted = visibility or source.visibility
    if source.is_private and wanted == Visibility.PUBLIC and not decide(by, "settings", source):
        raise NotPublished
    gate.check(by, source)
    with transaction.atomic():
        repo = claim(namespace, name, by=person, kind=source.kind, visibility=wanted)
        _bring(source, repo, person)
        lineage.copied(repo, source)
        RepoTag.objects.bulk_create(RepoTag(repo=repo, tag=t.tag) for t in source.tags.all())
        index_repo(repo)
        record("copied", repo, by=person)
        head = Com.objects.get(repo=repo, oid=repo.head_oid)
        note_results(repo, head)
        news.set_off(repo, head, repo.default_ref)
    return repo


def _bring(source: Repo, repo: Repo, by: Person) -> None:
    """Copy what the branches and tags of the source reach, and nothing that only others do."""
    refs = list(
        Ref.objects.select_related("target")
        .filter(repo=source)
        .exclude(name__startswith="refs/pr/")
    )
    if not refs:
        raise NotNow(_("This repo has no commit yet: there is nothing to copy."))
    history = History(source)
    reached = history.below({ref.target.oid for ref in refs})
    coms = _commits(source, repo, sorted(reached, key=lambda oid: history.keys[oid]))
    _deltas(source, repo, {history.keys[oid]: coms[oid] for oid in reached})
    _parents(history, coms)
    files = _objects(source, repo, [history.keys[oid] for oid in reached], reached)
    _own(source, repo, files, by)
    now = db_now()
    Ref.objects.bulk_create(
        Ref(
            repo=repo,
            name=ref.name,
            target=coms[ref.target.oid],
            message=ref.message,
            created_by=by,
            created_at=now,
        )
        for ref in refs
    )
    for field in SHOWN:
        setattr(repo, field, getattr(source, field))
    repo.save(update_fields=SHOWN)


def _commits(source: Repo, repo: Repo, oids: list[str]) -> dict[str, Com]:
    """Copy the commits; the ids are those of the source, since content and authors are."""
    for batch in batched(oids):
        rows = list(Com.objects.filter(repo=source, oid__in=batch))
        for row in rows:
            row.pk, row.repo = None, repo
        Com.objects.bulk_create(rows, batch_size=ROWS)
    return {com.oid: com for com in Com.objects.filter(repo=repo)}


def _parents(history: History, coms: dict[str, Com]) -> None:
    CommitParent.objects.bulk_create(
        (
            CommitParent(com=com, parent=coms[up], n=n)
            for oid, com in coms.items()
            for n, up in enumerate(history.parents[oid])
        ),
        batch_size=ROWS,
    )


def _deltas(source: Repo, repo: Repo, coms: dict[int, Com]) -> None:
    """Copy what each commit brought and, on the default branch, what it did to paths."""
    for batch in batched(coms):
        brought = ComObj.objects.filter(com__in=batch).values_list("com", "oid")
        ComObj.objects.bulk_create(
            (ComObj(com=coms[com], oid=oid) for com, oid in brought), batch_size=ROWS
        )
        changed = list(PathDelta.objects.filter(repo=source, com__in=batch))
        for row in changed:
            row.pk, row.repo, row.com = None, repo, coms[row.com_id]
        PathDelta.objects.bulk_create(changed, batch_size=ROWS)


def _objects(source: Repo, repo: Repo, coms: list[int], commits: set[str]) -> set[str]:
    """Copy the objects as they are stored; return the sha256 of the content they stand for."""
    oids, files = set(commits), set()
    for batch in batched(coms):
        oids.update(ComObj.objects.filter(com__in=batch).values_list("oid", flat=True))
    if len(oids) > OBJECTS_AT_MOST:
        raise Conflict(_("This repo has too long a history to be copied here. Clone it instead."))
    for rows in _rows(source, oids):
        files |= {key for row in rows for key in (row.lfs, row.store_key) if key}
        for row in rows:
            row.pk, row.repo = None, repo
        Obj.objects.bulk_create(rows, batch_size=ROWS)
    return files


def _rows(source: Repo, oids: set[str]) -> Iterator[list[Obj]]:
    """Yield the objects, and what those kept as deltas are deltas of."""
    waiting, seen = oids, set(oids)
    while waiting:
        bases: set[str] = set()
        for batch in batched(sorted(waiting), ROWS):
            rows = list(Obj.objects.filter(repo=source, oid__in=batch))
            bases |= {row.base for row in rows if row.base and row.base not in seen}
            yield rows
        seen |= bases
        waiting = bases


def _own(source: Repo, repo: Repo, files: set[str], by: Person) -> None:
    """Let the copy own the large files, at the cost of who owns it."""
    size = source.object_bytes
    for batch in batched(files):
        rows = RepoBlob.objects.filter(repo=source, blob__in=batch)
        size += sum(rows.values_list("blob__size", flat=True))
    quotas.hold(repo.namespace)
    quotas.check(repo.namespace, size)
    passed = pass_on(source, repo, files, by=by, charged=repo.namespace)
    if passed != files or not link(repo, files):
        raise Conflict
