"""Handles: the names that people and organisations own repos under.

They are the first half of a repo's id, so they follow the grammar of the Hub's client
(`huggingface_hub.utils.validate_repo_id`), and they are the first segment of an address at the
root, so the first segments of our own addresses and of the Hub's are nobody's. A handle is taken
whatever its case, by people and organisations alike, and stays taken after its owner is gone.
"""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from portal.errors import Conflict, Invalid

SHORTEST, LONGEST = 2, 40
_GRAMMAR = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.\-]{{{SHORTEST - 1},{LONGEST - 1}}}")

OURS = """
    policy-reports
    models datasets search leaderboards norms proposals polls feedback cases moderation transparency
    licences agree accounts settings submissions runs jobs admin oauth api docs healthz xet v1 log
    language theme styleguide static content uploads organisations people notices evaluation
    benchmarks tokens recipes receipts new join terms privacy help about report policies
"""
HUB = """
    api datasets spaces models kernels collections settings login join oauth xet v1 static admin org
    organizations orgs papers posts blog chat pricing enterprise tasks docs notifications buckets
    new new-dataset new-space front resolve raw tree blob discussions welcome logout signup users
    inference endpoints jobs learn support security terms-of-service privacy code-of-conduct
    likes followers following leaderboard languages metrics changelog brand hub huggingface
"""
EVERYWHERE = """
    about abuse account admins administrator agreements app apps assets auth badges bot bots bucket
    case commonhold community config contact cookies css dashboard demo dev download downloads
    elections error errors explore favicon favicon.ico feed feeds files git governance graphql
    health home img info invite js legal license licenses licence list localhost login mail manage
    me media member members metrics moderator moderators none norm null oembed official operator ops
    organization organisation owner owners people person poll postmaster profile proposal public
    register repo repos robots robots.txt root rss run s3 score scores session sessions share
    sign-in sign-out sign-up signin signout sitemap.xml site status staff submission sysop system
    tag tags team telemetry test tests tmp token transfer undefined upload user v2 v3 verify vote
    votes webhook webhooks webmaster well-known .well-known www xorbs shards
"""
ADDRESSES = frozenset((OURS + HUB).split())
RESERVED = ADDRESSES | frozenset(EVERYWHERE.split())


class InvalidHandle(Invalid):
    code = "InvalidHandle"
    default = _(
        "A handle has 2 to 40 of the letters A–Z, digits, “-”, “_” and “.”. It starts with a "
        "letter "
        "or digit, has no “--” or “..” in it, and does not end with “-”, “.”, “.git” or “.ipynb”."
    )


class HandleTaken(Conflict):
    code = "HandleTaken"
    default = _("This handle is taken or reserved. Please choose another one.")


def is_handle(text: str) -> bool:
    """Return whether `text` follows the grammar."""
    return (
        _GRAMMAR.fullmatch(text) is not None
        and "--" not in text
        and ".." not in text
        and text[-1] not in "-."
        and not text.lower().endswith((".git", ".ipynb"))
    )


def is_reserved(text: str) -> bool:
    """Return whether `text` is a word of an address, or of an office, that nobody may take."""
    return text.lower() in RESERVED


def is_address(text: str) -> bool:
    """Return whether `text` is the first segment of an address of ours or of the Hub's."""
    return text.lower() in ADDRESSES


def key_of(handle: str) -> str:
    """Return the form under which a handle is unique."""
    return handle.lower()


def is_taken(handle: str) -> bool:
    """Return whether somebody has, or once had, this handle in any case."""
    from portal.people.models import Namespace

    return Namespace.objects.filter(key=key_of(handle)).exists()


def check(handle: str) -> str:
    """Return `handle` if somebody new may take it; raises `InvalidHandle` or `HandleTaken`.

    The database has the last word: two who ask at once are told apart by the key of `Namespace`.
    """
    if not is_handle(handle):
        raise InvalidHandle
    if is_reserved(handle) or is_taken(handle):
        raise HandleTaken
    return handle


class HandleGrammar(RegexValidator):
    """The grammar as a field's validator, for every form and for the admin."""

    regex = _GRAMMAR
    message = InvalidHandle.default
    code = "invalid_handle"

    def __call__(self, value: object) -> None:
        if not is_handle(str(value)):
            raise ValidationError(self.message, code=self.code)
