"""The keys that sign heads: private halves in files, public halves and their history in rows.

A new key is endorsed by the one before it, so that whoever trusted the first can follow the chain.
The event of a rotation carries the signatures of both keys over the same words: the old hands over,
the new shows that its private half was there. A portal that lost its key says so: the new one then
stands without endorsement, and the event that names the break has its signature alone.
"""

import base64
import hashlib
import os
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import IntegrityError, transaction

from portal import events
from portal.clock import db_now
from portal.errors import NotNow
from portal.events import notes
from portal.events.models import LogKey
from portal.people.models import Person

ROTATED = "portal:log_key:rotated"


class KeyLost(NotNow):
    """The private half of the current key is not where it should be."""

    code = "LogKeyLost"


def origin() -> str:
    """Return the name under which this portal's heads are known: its address without scheme."""
    parts = urlsplit(settings.PUBLIC_URL)
    return f"{parts.netloc}{parts.path}/log"


def key_file(key_id: str) -> Path:
    return Path(settings.SECRETS_DIR) / f"log-{key_id[:16]}.key"


def current() -> LogKey:
    """Return the key that signs now; the first call of a new portal makes it."""
    key = LogKey.objects.filter(is_current=True).first()
    if key is not None:
        return key
    try:
        with transaction.atomic():
            return _make(endorsed_by=None)
    except IntegrityError:  # another process made the first key meanwhile
        return LogKey.objects.get(is_current=True)


def sign(key: LogKey, text: bytes) -> bytes:
    """Sign with the private half of `key`; raise `KeyLost` when its file is missing or wrong."""
    path = key_file(key.key_id)
    try:
        private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise KeyLost(f"The log's signing key {path.name} cannot be read: {error}.") from error
    if private.public_key().public_bytes_raw().hex() != key.public:
        raise KeyLost(f"The file {path.name} holds another key than the log's.")
    return private.sign(text)


def verifies(key: LogKey, text: bytes, signature: str) -> bool:
    """Return whether `signature` (hex) is that of `key` over `text`."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public)).verify(
            bytes.fromhex(signature), text
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def rotate(*, by: Person | None = None, lost: bool = False) -> LogKey:
    """Retire the current key and return a new one, endorsed by the old unless that was lost."""
    old = current()
    with transaction.atomic():
        retired = LogKey.objects.filter(pk=old.pk, is_current=True).update(
            is_current=False, retired_at=db_now()
        )
        if not retired:
            raise NotNow()
        new = _make(endorsed_by=None if lost else old)
        statement = succession_text(old.verifier, new.verifier)
        signers = [new] if lost else [old, new]
        events.record(
            ROTATED,
            actor=by,
            subject=f"log_key:{new.key_id}",
            body={
                "verifier": new.verifier,
                "before": old.verifier,
                "endorsed": not lost,
                "signatures": {key.key_id: sign(key, statement).hex() for key in signers},
            },
        )
    return new


def succession_text(before: str, after: str) -> bytes:
    """Return what both keys sign in the event of a rotation: their verifiers, in order."""
    return f"commonhold log key rotation\n{before}\n{after}\n".encode()


def endorsement_text(key_verifier: str) -> bytes:
    """Return what the old key signs to hand over to the new one."""
    return f"commonhold log key succession\n{key_verifier}\n".encode()


def _make(*, endorsed_by: LogKey | None, is_current: bool = True) -> LogKey:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    name = origin()
    key_id = hashlib.sha256(public).hexdigest()
    _write_secret(key_file(key_id), base64.b64encode(private.private_bytes_raw()))
    statement = endorsement_text(notes.verifier(name, public))
    return LogKey.objects.create(
        key_id=key_id,
        origin=name,
        public=public.hex(),
        created_at=db_now(),
        is_current=is_current,
        endorsed_by=endorsed_by,
        endorsement=sign(endorsed_by, statement).hex() if endorsed_by else "",
    )


def _write_secret(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
