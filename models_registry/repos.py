"""Deeds on whole repos: create, settle (visibility, gate, licence), move, delete.

Each is one transaction with its event. The doors ask for the rights first, except that `create`
and `move` ask about the namespace that the repo goes to, which no door can load for them.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from models_registry import lineage, news, revisions
from models_registry.models import (
    Com,
    CommitParent,
    ComObj,
    Like,
    Ref,
    Repo,
    RepoBlob,
    RepoRedirect,
    Retained,
    Watch,
)
from models_registry.models.repos import Gated, Kind, Visibility
from models_registry.names import check_repo_name
from models_registry.search import forget_repo, index_repo
from portal import events
from portal.access import Actor, decide, require
from portal.clock import db_now
from portal.errors import Conflict, Invalid, Missing
from portal.licences.policies import require_allowed
from portal.organisations.models import Membership
from portal.people.models import Namespace, Person
from portal.prepared import Prepared

LFS_SUFFIXES = frozenset(
    """
    7z arrow avif bin bz2 ckpt flac ftz gguf gif gz h5 jpeg jpg joblib lz4 mlmodel model mp3 mp4
    msgpack npy npz onnx ot parquet pb pickle pkl png pt pth rar safetensors tar tflite tgz wasm
    wav webp xz zip zst
    """.split()  # noqa: SIM905 - a table for people to read
)
SETTABLE = frozenset({"visibility", "gated", "licence"})


class RepoNotFound(Missing):
    code = "RepoNotFound"
    default = _("Repository not found.")


class NameTaken(Conflict):
    """A repo has, or had, this name. `repo` is the one that answers to it now."""

    code = "NameTaken"

    def __init__(self, full_name: str, repo: Repo | None = None):
        self.repo = repo
        super().__init__(
            _("A repo called %(name)s already exists, or its name still leads to one that moved.")
            % {"name": full_name}
        )


FOR_PAGES = (
    "namespace__person",
    "namespace__organisation",
    "licence__licence__licensor",
    "licence__document_version__document",
)


def find(
    actor: Actor, name: str, kind: str = Kind.MODEL, *, joined: Sequence[str] = ("namespace",)
) -> Repo:
    """Return the repo called `ns/name`, now or formerly, in any case, if `actor` may see it.

    `joined`: what is loaded in the same query; a wide join costs the Hub's doors more than the
    rest of their work, so only pages ask for `FOR_PAGES`.

    A caller that got another name than it asked for redirects to `repo.full_name`. What is hidden
    raises the same `RepoNotFound` as what is missing.
    """
    repo = _answering_to(kind, name, actor.person, joined)
    if repo is None or not decide(actor, "see", repo):
        raise RepoNotFound(name=name)
    return repo


def _answering_to(
    kind: str, name: str, person: Person | None = None, joined: Sequence[str] = ("namespace",)
) -> Repo | None:
    """Return the repo that has or had this name; what `person` is to it comes in the same query."""
    asker = person.pk if person else 0
    asked: dict[str, Any] = {"kind": kind, "key": name.lower(), "person": asker}
    found: Any = _called(tuple(joined)).first(**asked) or _once_called(tuple(joined)).first(**asked)
    if found is not None and person is not None:
        found.known_role = (person.pk, found.asker_role)
        found.known_watch = (person.pk, found.asker_watches)
        found.known_like = (person.pk, found.asker_likes)
    return found


@cache
def _called(joined: tuple[str, ...]) -> Prepared[Repo]:
    return Prepared(
        lambda kind, key, person: _for(person, joined).filter(kind=kind, key=key)[:1],
        kind=str,
        key=str,
        person=int,
    )


@cache
def _once_called(joined: tuple[str, ...]) -> Prepared[Repo]:
    return Prepared(
        lambda kind, key, person: _for(person, joined).filter(
            redirects__kind=kind, redirects__key=key
        )[:1],
        kind=str,
        key=str,
        person=int,
    )


def _for(person: int, joined: tuple[str, ...]) -> QuerySet[Repo]:
    """Return the repos, each with the person's role in the organisation that owns it, and whether
    they watch and like it."""
    held = Membership.objects.filter(
        organisation=OuterRef("namespace__organisation"), person=person
    )
    return Repo.objects.select_related(*joined).annotate(
        asker_role=Subquery(held.values("role")[:1]),
        asker_watches=Exists(Watch.objects.filter(repo=OuterRef("pk"), person=person)),
        asker_likes=Exists(Like.objects.filter(repo=OuterRef("pk"), person=person)),
    )


def namespace_for(name: str | None, actor: Actor) -> Namespace:
    """Return the namespace called `name` (default: the actor's own) if repos may be made in it."""
    person = actor.person
    wanted = name or (person.username if person else "")
    found = Namespace.objects.select_related("person", "organisation").filter(key=wanted.lower())
    namespace = found.first()
    if namespace is None:
        raise Missing(_("There is no person or organisation called %(name)s.") % {"name": wanted})
    require(actor, "create_repo", namespace)
    return namespace


def create(
    namespace: Namespace,
    name: str,
    *,
    by: Person,
    kind: str = Kind.MODEL,
    visibility: str = Visibility.PUBLIC,
) -> Repo:
    """Make a repo with its first commit (`.gitattributes`); raises `NameTaken`, `Invalid`."""
    with transaction.atomic():
        repo = claim(namespace, name, by=by, kind=kind, visibility=visibility)
        revisions.commit(
            repo,
            author=by,
            operations=[revisions.AddFile(".gitattributes", gitattributes())],
            summary="initial commit",
        )
        repo.refresh_from_db()
        record("created", repo, by=by)
    return repo


def claim(namespace: Namespace, name: str, *, by: Person, kind: str, visibility: str) -> Repo:
    """Take the name with an empty repo; runs in the transaction that fills it."""
    check_repo_name(name)
    _check({"visibility": visibility})
    _free(kind, f"{namespace.name}/{name}")
    now = db_now()
    repo = Repo(
        kind=kind,
        namespace=namespace,
        name=name,
        visibility=visibility,
        created_by=by,
        created_at=now,
        updated_at=now,
    )
    _save(repo)
    _no_redirect(repo)
    lineage.adopt(repo)
    return repo


def gitattributes() -> bytes:
    lines = [f"*.{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in LFS_SUFFIXES]
    return "".join(sorted(lines)).encode()


def settle(repo: Repo, changes: Mapping[str, Any], *, by: Person) -> Repo:
    """Change visibility, gate or licence (a `LicenceVersion` or None); `Invalid` for others."""
    if unknown := changes.keys() - SETTABLE:
        raise Invalid(_("These settings are not known: %(names)s.") % {"names": ", ".join(unknown)})
    _check(changes)
    changed = {name: value for name, value in changes.items() if getattr(repo, name) != value}
    if not changed:
        return repo
    if chosen := changed.get("licence"):
        require_allowed(chosen.licence.hub_id)
    with transaction.atomic():
        for name, value in changed.items():
            setattr(repo, name, value)
        repo.updated_at = db_now()
        repo.save(update_fields=[*changed, "updated_at"])
        said = {name: _said(value) for name, value in changed.items()}
        record("settled", repo, by=by, body=said)
        if "licence" in changed:
            news.licensed(repo, by=by)
        index_repo(repo)
    return repo


def move(repo: Repo, namespace: Namespace, name: str, *, by: Person) -> Repo:
    """Give the repo another name; the old one leads to it from now on."""
    check_repo_name(name)
    target = f"{namespace.name}/{name}"
    if target.lower() != repo.key:
        _free(repo.kind, target, except_for=repo)
    old = repo.key
    with transaction.atomic():
        RepoRedirect.objects.filter(kind=repo.kind, key=target.lower(), repo=repo).delete()
        repo.namespace, repo.name, repo.updated_at = namespace, name, db_now()
        charged = Repo.objects.values_list("namespace", flat=True).get(pk=repo.pk)
        _save(repo, update_fields=["namespace", "name", "updated_at"])
        _no_redirect(repo)
        # The new owner pays for what the old one paid for; what guests sent stays theirs.
        RepoBlob.objects.filter(repo=repo, charged=charged).update(charged=namespace)
        if repo.key != old:
            RepoRedirect.objects.create(kind=repo.kind, key=old, repo=repo, since=db_now())
        record("moved", repo, by=by)
        index_repo(repo)
    return repo


def delete(repo: Repo, *, by: Person) -> None:
    """Remove the repo and everything that only it holds; the log keeps that it was there.

    Of two who delete it at once, one did: `RepoNotFound` for the other.
    """
    with transaction.atomic():
        if not Repo.objects.select_for_update().filter(pk=repo.pk).exists():
            raise RepoNotFound
        record("deleted", repo, by=by)
        Ref.objects.filter(repo=repo).delete()
        Retained.objects.filter(com__repo=repo).delete()
        ComObj.objects.filter(com__repo=repo).delete()
        CommitParent.objects.filter(com__repo=repo).delete()
        Com.objects.filter(repo=repo).delete()
        forget_repo(repo)
        repo.delete()


def record(deed: str, repo: Repo, *, by: Person, body: Mapping[str, str] | None = None) -> None:
    """Record a deed. A repo's name holds a person's handle: it stays erasable beside the leaf."""
    events.record(
        f"registry:repo:{deed}",
        actor=by,
        subject=f"repo:{repo.pk}",
        body={"kind": repo.kind, **(body or {})},
        details={"name": repo.full_name},
    )


def _said(value: Any) -> str:
    return str(value) if value is not None else ""


def _check(changes: Mapping[str, Any]) -> None:
    for name, allowed in (("visibility", Visibility.values), ("gated", Gated.values)):
        if name in changes and changes[name] not in allowed:
            raise Invalid(
                _("“%(value)s” is not a value of %(name)s.")
                % {"value": str(changes[name])[:40], "name": name}
            )


def _free(kind: str, full_name: str, except_for: Repo | None = None) -> None:
    """Raise `NameTaken` where a repo has this name, or had it and moved."""
    taken = _answering_to(kind, full_name)
    if taken is not None and taken != except_for:
        raise NameTaken(full_name, taken)


def _no_redirect(repo: Repo) -> None:
    """Refuse a name that a repo left while this one was taking it: asked behind the unique row."""
    left = RepoRedirect.objects.filter(kind=repo.kind, key=repo.key).exclude(repo=repo)
    if left.exists():
        raise NameTaken(repo.full_name)


def _save(repo: Repo, **kwargs: Any) -> None:
    try:
        with transaction.atomic():
            repo.save(**kwargs)
    except IntegrityError as error:  # two people at once; the database decides
        raise NameTaken(repo.full_name) from error
