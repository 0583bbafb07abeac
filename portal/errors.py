"""Refusals: what a caller did wrong or may not do, as nouns that carry the caller's decision.

Rooms raise them, doors never build their own: one middleware turns a `Refused` into a page, a JSON
envelope or the Hub's `X-Error-Code` headers.
"""

import errno
from typing import Any

from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """A request that is answered with a sentence instead of the deed. Nothing was changed."""

    status = 400
    code = "Refused"
    default: object = _("This cannot be done.")

    def __init__(self, message: object = None, *, code: str | None = None, **context: object):
        self.message = message if message is not None else self.default
        if code is not None:
            self.code = code
        self.context = context
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)


class Invalid(Refused):
    status = 400
    code = "Invalid"
    default = _("The request is not valid.")


class Unauthenticated(Refused):
    status = 401
    code = "Unauthenticated"
    default = _("Please sign in first.")


class Forbidden(Refused):
    status = 403
    code = "Forbidden"
    default = _("You may not do this.")


class Missing(Refused):
    """What is not there and what this person may not see answer alike."""

    status = 404
    code = "Missing"
    default = _("There is nothing here.")


class Conflict(Refused):
    status = 409
    code = "Conflict"
    default = _("Somebody else was faster. Look again and retry.")


class NotNow(Conflict):
    """The step is not allowed from the state the object is in."""

    code = "NotNow"
    default = _("This step is not possible now.")


class Stale(Refused):
    status = 412
    code = "Stale"
    default = _("This has changed since you opened it. Look again and retry.")


class TooLarge(Refused):
    status = 413
    code = "TooLarge"
    default = _("This is too large.")


class TooMany(Refused):
    """`retry_after`: seconds, a whole number."""

    status = 429
    code = "TooMany"
    default = _("Too many requests. Try again later.")

    def __init__(self, message: object = None, *, retry_after: int = 60, **context: Any):
        super().__init__(message, **context)
        self.retry_after = retry_after


class NoSpace(Refused):
    status = 507
    code = "NoSpace"
    default = _("The server has no space left for this.")


_FULL = (errno.ENOSPC, errno.EDQUOT)
_FULL_DATABASE = ("database or disk is full", "No space left on device")  # SQLite, PostgreSQL


def for_full_disk(error: Exception) -> NoSpace | None:
    """Return the refusal for an error of the system or database that means a full disk."""
    full = isinstance(error, OSError) and error.errno in _FULL
    if isinstance(error, DatabaseError):
        full = any(sentence in str(error) for sentence in _FULL_DATABASE)
    return NoSpace() if full else None
