"""A repo copied as another one: history, branches, tags and large files, without moving a byte.

The copy stands on its source: what the source asks for before its content is given, the copy asks
for too, of everybody, whatever its owner sets. Pull requests and discussions stay where they are.
"""

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from models_registry import gate, lineage, news, quotas
from models_registry.batches import batched
from models_registry.models import (
    Com,
    CommitParent,
    ComObj,
    Obj,
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

# Each commit of the copy (`theirs`) beside the one of the source (`ours`) that it was made of.
_BROUGHT = """
INSERT INTO models_registry_comobj (com_id, oid)
SELECT theirs.id, brought.oid FROM models_registry_com theirs
JOIN models_registry_com ours ON ours.oid = theirs.oid AND ours.repo_id = %(source)s
JOIN models_registry_comobj brought ON brought.com_id = ours.id
WHERE theirs.repo_id = %(copy)s
"""
_CHANGED = """
INSERT INTO models_registry_pathdelta (repo_id, path, com_id, gen, oid, whole)
SELECT theirs.repo_id, done.path, theirs.id, done.gen, done.oid, done.whole
FROM models_registry_com theirs
JOIN models_registry_com ours ON ours.oid = theirs.oid AND ours.repo_id = %(source)s
JOIN models_registry_pathdelta done ON done.com_id = ours.id
WHERE theirs.repo_id = %(copy)s
"""
# The commits, what they brought, and what of that is kept as deltas is deltas of.
_OBJECTS = """
INSERT INTO models_registry_obj
    (repo_id, oid, type, size, data, base, step, delta_size, store_key, sha256, lfs, lfs_size)
WITH RECURSIVE wanted(oid) AS (
    SELECT oid FROM models_registry_com WHERE repo_id = %(copy)s
  UNION
    SELECT brought.oid FROM models_registry_comobj brought
    JOIN models_registry_com com ON com.id = brought.com_id WHERE com.repo_id = %(copy)s
  UNION
    SELECT delta.base FROM models_registry_obj delta JOIN wanted ON wanted.oid = delta.oid
    WHERE delta.repo_id = %(source)s AND delta.base IS NOT NULL
)
SELECT %(copy)s, o.oid, o.type, o.size, o.data, o.base, o.step, o.delta_size, o.store_key,
    o.sha256, o.lfs, o.lfs_size
FROM wanted JOIN models_registry_obj o ON o.repo_id = %(source)s AND o.oid = wanted.oid
"""


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
    _parents(history, coms)
    _rows(source, repo)
    _own(source, repo, _files(repo), by)
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
            row.pk, row.repo, row.unreached_since = None, repo, None
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


def _rows(source: Repo, repo: Repo) -> None:
    """Copy what the commits brought, did to paths and consist of: no row comes through here."""
    repos = {"source": source.pk, "copy": repo.pk}
    with connection.cursor() as cursor:
        cursor.execute(_BROUGHT, repos)
        cursor.execute(_CHANGED, repos)
        if ComObj.objects.filter(com__repo=repo).count() > OBJECTS_AT_MOST:
            raise Conflict(
                _("This repo has too long a history to be copied here. Clone it instead.")
            )
        cursor.execute(_OBJECTS, repos)


def _files(repo: Repo) -> set[str]:
    """Return the sha256 of the large files that the objects stand for."""
    rows = Obj.objects.filter(Q(store_key__isnull=False) | ~Q(lfs=""), repo=repo)
    keys = rows.values_list("lfs", "store_key")
    return {key for pair in keys.iterator() for key in pair if key}


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
