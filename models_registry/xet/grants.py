"""What a CAS token allows: one person, one repo, to read one revision or to write, ten minutes.

The token says who asked; every use asks again for the right, the consent and the standing of the
person behind it. It is never refused before it ends, as clients take that for a final failure.
"""

import datetime as dt
from dataclasses import dataclass

from django.core import signing
from django.utils.translation import gettext_lazy as _

from models_registry import gate
from models_registry.models import Com, Repo
from models_registry.revisions import by_oid
from portal.access import Actor, decide, require
from portal.clock import db_now
from portal.errors import Forbidden, Missing, Refused, Unauthenticated
from portal.people.models import Person
from portal.prepared import Prepared
from portal.tokens.models import AccessToken

LIFETIME = dt.timedelta(minutes=10)
GRACE = dt.timedelta(seconds=60)  # for requests that were on their way when it ended
READ, WRITE = "read", "write"
_SALT = "models_registry.xet"

# Asked for each chunk, xorb and range of a transfer.
_PERSON = Prepared(lambda person: Person.objects.filter(pk=person), person=int)
_TOKEN = Prepared(
    lambda token, person: AccessToken.objects.filter(pk=token, person=person), token=int, person=int
)
_REPO = Prepared(lambda repo: Repo.objects.select_related("namespace").filter(pk=repo), repo=int)


class NoGrant(Unauthenticated):
    code = "XetToken"
    default = _("This Xet token is not valid. Ask the repo for another one.")


@dataclass(frozen=True)
class Grant:
    """An answered question of rights: `actor` may now read or write `repo`.

    `revision`: the commit whose files may be read; None where the grant is to write.
    """

    actor: Actor
    repo: Repo
    revision: Com | None

    @property
    def writes(self) -> bool:
        return self.revision is None

    @property
    def claims(self) -> "Claims":
        return claims_of(self.actor, self.repo, self.revision.oid if self.revision else None)

    def require_read(self) -> None:
        """Raise `Missing` unless the person may read the repo: to write to it, or to propose, is
        no right to what the gate holds back. Who may read a revision was asked already."""
        if self.writes and not may_read(self.actor, self.repo):
            raise Missing()

    def require_write(self) -> Person:
        """Return the person who writes; raises Forbidden for a token that only reads."""
        if not self.writes or self.actor.person is None:
            raise Forbidden(_("This Xet token is for reading."), code="XetScope")
        return self.actor.person


@dataclass(frozen=True)
class Claims:
    """What a token or an address carries: who asked for what. `commit`: None to write."""

    person: int | None
    token: int | None
    repo: int
    commit: str | None

    @property
    def as_row(self) -> list[object]:
        return [self.person, self.token, self.repo, self.commit]


def issue(actor: Actor, repo: Repo, commit: str | None) -> tuple[str, int]:
    """Return (token, Unix second of its end). `commit`: what to read; None: to write."""
    expires = int((db_now() + LIFETIME).timestamp())
    claims = claims_of(actor, repo, commit)
    signed = signing.Signer(salt=_SALT).sign_object([expires, *claims.as_row])
    return signed, expires


def claims_of(actor: Actor, repo: Repo, commit: str | None) -> Claims:
    person = actor.person.pk if actor.person else None
    return Claims(person, actor.token.pk if actor.token else None, repo.pk, commit)


def granted(header: str) -> Grant:
    """Return what the token in an `Authorization` header allows now; raises the refusal."""
    scheme, _space, value = header.partition(" ")
    try:
        expires, *claims = signing.Signer(salt=_SALT).unsign_object(value)
    except (signing.BadSignature, ValueError):
        raise NoGrant() from None
    if scheme.lower() != "bearer" or db_now().timestamp() > expires + GRACE.total_seconds():
        raise NoGrant()
    return authorised(Claims(*claims))


def authorised(claims: Claims) -> Grant:
    """Ask again, of the person as they are now; raises the refusal."""
    actor = actor_of(claims.person, claims.token)
    repo = _REPO.first(repo=claims.repo)
    if repo is None:
        raise Missing()
    if claims.commit is None:
        if not decide(actor, "write", repo):
            require(actor, "propose", repo)
        return Grant(actor, repo, None)
    require(actor, "download", repo)
    gate.check(actor, repo)
    revision = by_oid(repo, claims.commit)
    if revision is None:
        raise Missing()
    return Grant(actor, repo, revision)


def may_read(actor: Actor, repo: Repo) -> bool:
    """Whether somebody may read a repo and has passed its gate."""
    if not decide(actor, "download", repo):
        return False
    try:
        gate.check(actor, repo)
    except Refused:
        return False
    return True


def actor_of(person_id: int | None, token_id: int | None) -> Actor:
    """Return who is behind a signed credential; raises `NoGrant` where they are not any more."""
    if person_id is None:
        return Actor()
    person = _PERSON.first(person=person_id)
    if person is None:
        raise NoGrant()
    if token_id is None:
        return Actor(person)
    token = _TOKEN.first(token=token_id, person=person_id)
    if token is None or not token.is_live(db_now()):
        raise NoGrant()
    return Actor(person, token)
