"""Sealing secret ballots: to a key of their poll, whose private half is a file until the close.

A ballot is sealed with an ephemeral X25519 key, HKDF-SHA256 and ChaCha20-Poly1305, after padding,
so that its length says nothing; the poll's number is authenticated with it. When the poll has
closed and its ballots are opened, the file is overwritten and removed: what older copies of the
database hold can then be read by nobody.
"""

import os
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.errors import Invalid, NotNow

SIZE = 2048  # bytes of every ballot before it is sealed
KEY = 32
_ONCE = bytes(12)  # each sealing has a key of its own, so its nonce may be the same


class KeyLost(NotNow):
    code = "BallotKeyLost"
    default = _("The key that opens this poll's ballots is not where it should be.")


class BallotTooLong(Invalid):
    code = "BallotTooLong"
    default = _("This ballot is longer than one can be.")


def key_file(poll: int) -> Path:
    return Path(settings.SECRETS_DIR) / f"poll-{poll}.key"


def make(poll: int) -> str:
    """Return the public half (hex) of the poll's key, made at the first call."""
    path = key_file(poll)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        fresh = X25519PrivateKey.generate().private_bytes_raw()
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(fresh)
            file.flush()
            os.fsync(file.fileno())
    return _private(poll).public_key().public_bytes_raw().hex()


def has_key(poll: int, public: str) -> bool:
    """Return whether the ballots sealed to `public` can be opened here."""
    try:
        return _private(poll).public_key().public_bytes_raw().hex() == public
    except KeyLost:
        return False


def seal(public: str, poll: int, plain: bytes) -> bytes:
    """Return `plain` sealed to the poll's key; only who holds its private half can open it."""
    if len(plain) > SIZE - 2:
        raise BallotTooLong
    padded = (len(plain).to_bytes(2, "big") + plain).ljust(SIZE, b"\x00")
    ephemeral = X25519PrivateKey.generate()
    seen, theirs = ephemeral.public_key().public_bytes_raw(), bytes.fromhex(public)
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(theirs))
    return seen + _cipher(shared, seen + theirs).encrypt(_ONCE, padded, _about(poll))


def unseal(poll: int, sealed: bytes) -> bytes:
    """Return what was sealed; `KeyLost` without the key, or where it is another one's ballot."""
    private, seen = _private(poll), sealed[:KEY]
    ours = private.public_key().public_bytes_raw()
    shared = private.exchange(X25519PublicKey.from_public_bytes(seen))
    try:
        padded = _cipher(shared, seen + ours).decrypt(_ONCE, sealed[KEY:], _about(poll))
    except InvalidTag:
        raise KeyLost from None
    return padded[2 : 2 + int.from_bytes(padded[:2], "big")]


def destroy(poll: int) -> None:
    """Overwrite and remove the private half. Again, it does nothing."""
    path = key_file(poll)
    with suppress(FileNotFoundError):
        with path.open("r+b") as file:
            file.write(os.urandom(KEY))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _private(poll: int) -> X25519PrivateKey:
    try:
        return X25519PrivateKey.from_private_bytes(key_file(poll).read_bytes())
    except (OSError, ValueError):
        raise KeyLost from None


def _cipher(shared: bytes, info: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDF(SHA256(), KEY, salt=None, info=b"ballot-v1" + info).derive(shared))


def _about(poll: int) -> bytes:
    return f"poll:{poll}".encode()
