"""The proof that a result in a repo is ours: a JSON Web Signature over what was measured.

`verifyToken` of `.eval_results/*.yaml`, as the Hub's clients know it: a compact JWS (RFC 7515) with
`alg` EdDSA (RFC 8037). `kid` is the key of this portal's log, whose public halves and history stand
at `/api/v1/log/keys`. What is signed begins with a base64 header and so is never a head of the log.
"""

import base64
import binascii
import json
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from finetuning.evaluation.models import EvaluationRun
from portal import events
from portal.errors import Invalid
from portal.events import keys
from portal.events.models import LogKey

KIND = "eval-result+jws"
LONGEST = 8192


class NotOurs(Invalid):
    code = "NotOurs"
    default = _("This is not a result that this portal signed.")


def claims(run: EvaluationRun) -> dict[str, Any]:
    """Return what is signed: who measured which bytes on which data, and what came out."""
    version = run.submission.version
    assert run.ended_at is not None
    return {
        "iss": settings.PUBLIC_URL,
        "iat": int(run.ended_at.timestamp()),
        "run": str(run.uuid),
        "repo": run.submission.repo.full_name,
        "revision": run.submission.revision,
        "digest": run.digest,
        "benchmark": version.benchmark.slug,
        "version": version.number,
        "data_sha256": version.data_sha256,
        "scores": {score.metric: score.value for score in run.scores.all()},
    }


def token(run: EvaluationRun) -> str:
    """Return the JWS of a scored run; the same each time it is asked for under the same key."""
    key = keys.current()
    header = {"alg": "EdDSA", "kid": key.key_id, "typ": KIND}
    text = b".".join(encoded(events.canonical(part)) for part in (header, claims(run)))
    return b".".join([text, encoded(keys.sign(key, text))]).decode()


def verified(token: str) -> dict[str, Any]:
    """Return the claims of a token that one of this portal's keys signed; raises `NotOurs`."""
    try:
        head, body, signature = token[:LONGEST].encode("ascii").split(b".")
        header, found = json.loads(decoded(head)), json.loads(decoded(body))
        mark = decoded(signature).hex()
    except (ValueError, binascii.Error, RecursionError):
        raise NotOurs from None
    if not isinstance(header, dict) or (header.get("alg"), header.get("typ")) != ("EdDSA", KIND):
        raise NotOurs
    key = LogKey.objects.filter(key_id=str(header.get("kid"))).first()
    if key is None or not keys.verifies(key, head + b"." + body, mark):
        raise NotOurs
    assert isinstance(found, dict)  # we signed it
    return found


def encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def decoded(data: bytes) -> bytes:
    return base64.b64decode(data + b"=" * (-len(data) % 4), altchars=b"-_", validate=True)
