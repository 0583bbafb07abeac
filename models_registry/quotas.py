"""How much a person or an organisation stores, and how much they may.

What a guest sends to somebody else's repo (a pull request) counts against the guest.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Model, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from models_registry.access import COLLEAGUE, MAINTAINER, OWNER, roles
from models_registry.models import GuestShare, Repo, RepoBlob
from models_registry.policies import FILE_LIMIT, GB, ORGANISATION_QUOTA, PERSON_QUOTA
from models_registry.storage.refusals import QuotaReached
from portal import policies
from portal.errors import TooLarge
from portal.people.models import Namespace, Person
from portal.prepared import Prepared


def charged_to(repo: Repo, person: Person) -> Namespace:
    """Return the namespace that pays for what `person` sends to `repo`."""
    if roles(person, repo) & {OWNER, MAINTAINER, COLLEAGUE}:
        return repo.namespace
    return person.namespace


def used(namespace: Namespace) -> int:
    """Return the bytes that a namespace stores: large files, the git objects of its repos but for
    those of guests, and its own as a guest elsewhere."""
    row: Any = _USED.first(namespace=namespace.pk)
    return int(row.large + row.small - row.guests + row.elsewhere)


def _sum(model: type[Model], by: str, field: str) -> Coalesce:
    """Return the sum over the rows that name the namespace in `by`."""
    rows = model._default_manager.filter(**{by: OuterRef("pk")}).order_by()
    return Coalesce(Subquery(rows.values(by).annotate(n=Sum(field)).values("n")), 0)


# Asked for each part of an upload.
_USED = Prepared(
    lambda namespace: Namespace.objects.filter(pk=namespace).annotate(
        large=_sum(RepoBlob, "charged", "blob__size"),
        small=_sum(Repo, "namespace", "object_bytes"),
        guests=_sum(GuestShare, "repo__namespace", "size"),
        elsewhere=_sum(GuestShare, "charged", "size"),
    ),
    namespace=int,
)


def charge(repo: Repo, person: Person, size: int) -> None:
    """Note that `person` brought git objects of `size` bytes to `repo`; in their transaction."""
    Repo.objects.filter(pk=repo.pk).update(object_bytes=F("object_bytes") + size)
    payer = charged_to(repo, person)
    if payer.pk == repo.namespace_id or not size:
        return
    share, _new = GuestShare.objects.get_or_create(repo=repo, charged=payer)
    GuestShare.objects.filter(pk=share.pk).update(size=F("size") + size)


def release(repo: Repo, freed: Mapping[int | None, int]) -> None:
    """Note that git objects of a repo went: {key of the person who brought them: bytes}."""
    total = sum(freed.values())
    Repo.objects.filter(pk=repo.pk).update(object_bytes=_less("object_bytes", total))
    known = [key for key in freed if key is not None]
    for person in Person.objects.filter(pk__in=known).select_related("namespace"):
        payer = charged_to(repo, person)
        if payer.pk != repo.namespace_id:
            share = GuestShare.objects.filter(repo=repo, charged=payer)
            share.update(size=_less("size", freed[person.pk]))


def _less(name: str, size: int) -> Greatest:
    return Greatest(F(name) - size, 0)


def hold(namespace: Namespace) -> None:
    """Let nobody else take room of this namespace before the transaction ends; then `check`."""
    # Without its key: a row that only names the namespace is written meanwhile, so that who holds
    # a file and charges it never waits for us while we wait for the file.
    Namespace.objects.select_for_update(no_key=True).get(pk=namespace.pk)


def allowed(namespace: Namespace) -> int:
    """Return the bytes that a namespace may store."""
    policy = PERSON_QUOTA if namespace.person_id else ORGANISATION_QUOTA
    return int(policies.value(policy.name)) * GB


def check(namespace: Namespace, extra: int) -> None:
    """Refuse `extra` more bytes where they would not fit, with the numbers."""
    have, may = used(namespace), allowed(namespace)
    if have + extra > may:
        raise QuotaReached(
            _(
                "“%(name)s” stores %(used).1f of %(allowed).0f GB; this needs %(extra).1f GB more. "
                "Delete repos that are no longer needed, or ask for more space."
            )
            % {"name": namespace.name, "used": have / GB, "allowed": may / GB, "extra": extra / GB}
        )


def check_file(size: int) -> None:
    """Refuse a file of more bytes than one file may have."""
    largest = int(policies.value(FILE_LIMIT.name))
    if size > largest * GB:
        raise TooLarge(
            _("A file can have %(limit)d GB at most.") % {"limit": largest}, code="FileLimit"
        )
