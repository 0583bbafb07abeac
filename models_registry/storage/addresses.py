"""Signed addresses on the transfer side: for one person, one repo, one object, five minutes.

An address is not a right. Whoever serves it asks again: the right, the gate, the standing.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext_lazy as _

from models_registry.models import Repo, Upload
from models_registry.storage.interface import Content
from portal.clock import db_now
from portal.errors import Forbidden

if TYPE_CHECKING:
    from models_registry.revisions import Entry, Revision
    from portal.people.models import Person
    from portal.tokens.models import AccessToken

LIFETIME = dt.timedelta(minutes=5)
_FETCHING, _SENDING = "models_registry.fetching", "models_registry.sending"


class BadAddress(Forbidden):
    """Changed, expired, or made for something else; all of these answer alike."""

    code = "BadAddress"
    default = _("This address is not valid any more. Ask the repo for the file again.")


@dataclass(frozen=True)
class Fetching:
    """What an address gives: `key` is the sha256 of stored content, or a git id in the database.

    `verb`: `download`, or `read` for what is ungated. `first`, `last`: the only bytes it is for.
    """

    person: int | None
    token: int | None
    repo: int
    commit: str
    key: str
    etag: str
    verb: str
    first: int | None = None
    last: int | None = None

    @property
    def is_stored(self) -> bool:
        return len(self.key) == 64


@dataclass(frozen=True)
class Sending:
    """Where one announced file may be sent; `part` 0 completes a file sent in parts."""

    upload: uuid.UUID
    content: Content
    part: int | None


def content_address(
    person: "Person | None",
    repo: Repo,
    entry: "Entry",
    *,
    revision: "Revision | None" = None,
    token: "AccessToken | None" = None,
    verb: str = "download",
    window: tuple[int, int] | None = None,
    now: dt.datetime | None = None,
) -> str:
    """Return the address of a file's bytes for `person` (None: anybody), or of a window of them.

    `revision`: the address dies with the revision. `verb` is `read` only for what the gate leaves
    open. `window`: first and last byte, both included.
    `now`: the database's time, where the caller has just read it.
    """
    first, last = window or (None, None)
    payload = [
        int(((now or db_now()) + LIFETIME).timestamp()),
        person.pk if person else None,
        token.pk if token else None,
        repo.pk,
        revision.oid if revision else "",
        entry.content_key or entry.oid,
        entry.etag,
        verb,
        first,
        last,
    ]
    signed = signing.Signer(salt=_FETCHING).sign_object(payload)
    name = quote(entry.path.rpartition("/")[2], safe="")
    return f"{settings.CONTENT_URL}/content/{signed}/{name}"


def _payload(salt: str, signed: str) -> list[Any]:
    try:
        payload = signing.Signer(salt=salt).unsign_object(signed)
    except (signing.BadSignature, ValueError):
        raise BadAddress() from None
    return list(payload)


def fetching(signed: str) -> Fetching:
    """Return what a signed address gives; raises `BadAddress` if it is forged or expired."""
    expires, *rest = _payload(_FETCHING, signed)
    if db_now().timestamp() > expires:
        raise BadAddress()
    return Fetching(*rest)


def sending(upload: Upload, content: Content, part: int | None = None) -> str:
    """Return the address to PUT a file or a part to; with `part` 0, to POST the completion to."""
    signed = signing.Signer(salt=_SENDING).sign_object(
        [upload.pk.hex, content.sha256, content.size, part]
    )
    return f"{settings.CONTENT_URL}/uploads/{signed}"


def sent_to(signed: str) -> Sending:
    """Return what may be sent to a signed address; how long it lives, its upload knows."""
    upload, sha256, size, part = _payload(_SENDING, signed)
    return Sending(uuid.UUID(upload), Content(sha256, size), part)
