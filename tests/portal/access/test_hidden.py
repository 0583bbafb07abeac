"""A hidden thing and a missing one answer alike, at every address that names one. Row 16.

Here are the doors of the pages and of the REST API; those of the Hub protocol stand in
`tests/hub/test_indistinguishable.py`. They come from the tables of addresses: a new one that takes
a number, a UUID or a repo's name fails until it stands in `hidden_things` or, with a reason, in
`PUBLIC`.
"""

import json
import re
import uuid
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from portal.clock import db_now
from tests.factories import make_repo
from tests.models_registry.conftest import store
from tests.support.rights import proposal_scene

__all__ = ["store"]
pytestmark = [pytest.mark.django_db, pytest.mark.attack(16, 38)]
NONE = uuid.UUID(int=0)
OWN_NUMBERS = {"uuid", "acceptance", "number", "pk", "id"}
# What everybody may see, or where what is hidden is not the thing in the address.
PUBLIC = {
    "agree_one": "texts of agreements are public", "licence": "public", "licence_newest": "public",
    "licence_terms": "public", "licence_text": "public", "terms_version": "public",
    "norms_version": "public", "api_agreement_terms": "public", "api_agreement_accept": "public",
    "policy": "public", "profile": "public", "leaderboard": "public", "benchmark": "public",
    "api-leaderboard": "public", "log_event": "public", "api_person": "public",
    "unsubscribe": "the address itself is the key",
    "jsi18n": "public", "account_confirm_email": "the address is the key",
    "account_reset_password_from_key": "the address is the key",
    "mfa_edit_webauthn": "allauth looks among one's own", "mfa_remove_webauthn": "as above",
}  # fmt: skip
# Norms, polls, offices, elections and feedback are public, and so is a proposal that is no draft
# any more; statements are made on those only.
PUBLIC_KINDS = re.compile(
    r"(norms|api_norms|poll|api_poll|feedback|api_feedback)(_|$)|vote$|voters$|annul_poll|api_ballot"
    r"|(answer|react|decline|merge)_feedback|assent$|resign$|stand$|nominate$|withdraw_candidacy"
    r"|api_(voters|annul_poll|reaction|decline_feedback|merge_feedback)$"
    r"|election$|api_(election|assent|office|candidacy|nominations|judgement)$|judge_statement"
)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')


def named() -> dict[str, set[str]]:
    """Return the names of all addresses with something in them to fill in, and what."""
    found: dict[str, set[str]] = {}

    def walk(resolver: URLResolver, above: frozenset[str]) -> None:
        for entry in resolver.url_patterns:
            taken = above | set(entry.pattern.converters) | set(entry.pattern.regex.groupindex)
            if isinstance(entry, URLPattern):
                if taken and not entry.lookup_str.startswith("django.contrib.admin"):
                    found[entry.name or str(entry.pattern)] = set(taken)
            elif entry.namespace != "admin":
                walk(entry, taken)

    walk(get_resolver(), frozenset())
    return found


def hidden_things(maker, voter) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Return, for each address, what fills it in: (something hidden, something missing)."""
    from portal import jobs, tokens
    from portal.notices.models import Notice
    from portal.privacy.models import Export
    from tests.support import documents

    token, _secret = tokens.issue(maker, name="laptop", role="read")
    acceptance = documents.accepted(maker, documents.version())
    now = db_now()
    notice = Notice.objects.create(
        person=maker, kind="archive_ready", language="en", subject="s", body="b", created_at=now
    )
    export = Export.objects.create(person=maker, asked_at=now, made_at=now)
    job = jobs.enqueue("portal.events.jobs.append_to_log", "hidden", {}, by=maker)
    submission, run = submitted(make_repo(maker, "secret", visibility="private"), maker)
    mine: dict[str, dict[str, tuple[Any, Any]]] = {
        "revoke_token": {"number": (token.pk, 10**9)},
        "api_token": {"number": (token.pk, 10**9)},
        "receipt": {"acceptance": (acceptance.pk, NONE)},
        "withdraw": {"acceptance": (acceptance.pk, NONE)},
        "notice": {"uuid": (notice.uuid, NONE)},
        "archive": {"uuid": (export.uuid, NONE)},
        "withdraw_access": {"uuid": (asked_for(maker, voter).uuid, NONE)},
    }
    draft = proposal_scene(submitted=False)().obj
    numbers = {"number": (draft.pk, 10**9)}
    mine |= {n: numbers for n, taken in named().items() if "propos" in n and taken == {"number"}}
    others = ("withdraw_support", "add_coauthor", "opinions", "state_opinion", "api_statements")
    mine |= {n: numbers for n in (*others, "api_coauthors")}
    mine |= {n: {"uuid": (job.uuid, NONE)} for n in ("job", "job_progress", "cancel_job")}
    mine |= {n: {"uuid": (submission.uuid, NONE)} for n in ("submission", "api-submission")}
    runs = ("run", "run-progress", "cancel-run", "api-run", "api-cancel-run")
    return mine | {name: {"uuid": (run.uuid, NONE)} for name in runs}


def asked_for(maker, voter):
    """Return maker's request for access to a repo of voter's."""
    from models_registry.gate import requests

    return requests.ask(make_repo(voter, "walled", gated="manual"), maker, fields={})


def submitted(repo, maker):
    """Return a submission and its run, as rows: nothing is evaluated."""
    from finetuning.benchmarks.models import Benchmark, BenchmarkVersion
    from finetuning.evaluation.models import EvaluationRun
    from finetuning.submissions.models import Submission

    now = db_now()
    benchmark = Benchmark.objects.create(
        slug="words", title="Words", task="token-classification", language="en", created_at=now
    )
    version = BenchmarkVersion.objects.create(
        benchmark=benchmark, number=1, data_sha256="0" * 64, data_use="redistributable",
        data_licence="CC0-1.0", labels=["O"], rows=1, units=1, scorer="entities/1", created_at=now,
    )  # fmt: skip
    submission = Submission.objects.create(
        repo=repo, revision=repo.head_oid, version=version, submitted_by=maker, submitted_at=now
    )
    return submission, EvaluationRun.objects.create(submission=submission, queued_at=now)


def of_repos(kind: str, taken: set[str]) -> dict[str, tuple[Any, Any]]:
    rest = "main/README.md" if kind.endswith(("blob", "download")) else "main"
    values = {"rest": rest, "uuid": NONE, "oid": "0" * 40, "path": "README.md"}
    values |= {"number": 1, "entry": NONE}
    missing = {name: (values[name], values[name]) for name in taken - {"ns", "name"}}
    return {"ns": ("maker", "maker"), "name": ("secret", "absent")} | missing


def told(answer, address: str) -> tuple[int, str, str]:
    """Return all that an observer can compare, without the address that they asked for."""
    headers = json.dumps({k: v for k, v in answer.headers.items() if k not in ("Content-Length",)})
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = TOKEN.sub("", body.decode("utf-8", "replace"))
    for spelled in (address, quote(address), quote(address, safe="")):
        text, headers = text.replace(spelled, "IT"), headers.replace(spelled, "IT")
    return answer.status_code, re.sub(r'"(Set-Cookie|ETag)": "[^"]*"', "", headers), text


def asked(browser: Client, method: str, address: str) -> Any:
    kind = "application/json" if "/api/" in address else "application/x-www-form-urlencoded"
    return browser.generic(method, address, "{}" if "/api/" in address else "", content_type=kind)


def test_every_address_that_names_something_is_compared_or_public(maker, voter) -> None:
    known = set(hidden_things(maker, voter)) | set(PUBLIC)
    for name, taken in named().items():
        if {"ns", "name"} <= taken or not taken & OWN_NUMBERS or PUBLIC_KINDS.match(name):
            continue
        assert name in known, f"{name}: say in this file whether what it names can be hidden"


@pytest.mark.parametrize("who", ["nobody", "outsider"])
def test_hidden_is_missing(maker, voter, outsider, sign_in, client, who: str) -> None:
    things = hidden_things(maker, voter)
    make_repo(maker, "secret", kind="dataset", visibility="private")
    things |= {n: of_repos(n, taken) for n, taken in named().items() if {"ns", "name"} <= taken}
    browser = client if who == "nobody" else sign_in(outsider)
    assert len(things) > 35
    for name, values in things.items():
        try:
            addresses = [
                reverse(name, kwargs={key: pair[n] for key, pair in values.items()}) for n in (0, 1)
            ]
        except NoReverseMatch as error:
            raise AssertionError(f"{name}: {values}") from error
        for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
            first, second = (told(asked(browser, method, one), one) for one in addresses)
            assert first == second, (method, name)
            assert first[0] >= 300 or method == "OPTIONS", (method, name, "was shown")


def test_their_owner_sees_them(maker, voter, sign_in) -> None:
    """The comparison means something: what is hidden from others is there for its owner."""
    browser = sign_in(maker)
    for name, values in hidden_things(maker, voter).items():
        if name == "archive" or "number" in values:
            continue  # a file that no job made; a draft of somebody else, tokens that are not shown
        address = reverse(name, kwargs={key: pair[0] for key, pair in values.items()})
        assert browser.get(address).status_code in (200, 405), name
    assert browser.get("/maker/secret").status_code == 200
