"""The norms by API: versions, what changed between them, settings, and the founding."""

import json
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance import norms
from governance.api import shapes
from governance.api.asking import described, described_list, listed
from governance.norms import differences, exports, founding, settings
from governance.norms.models import Founding, FoundingDecision, NormsVersion
from governance.norms.views import find_version
from governance.policies import FOUNDING_MEMBERS
from governance.polls import electorate
from governance.proposals.models import votes
from portal.policies import value
from portal.policies.models import PolicyValue


@described_list("Versions of the norms, newest first", shapes.NormsRow)
@api_view(["GET"])
def versions(request: Request) -> Response:
    norms.current()
    rows = NormsVersion.objects.select_related("document", "proposal")
    rows = rows.prefetch_related(*votes("proposal__"))
    return listed(request, rows, version_row)


def version_row(row: NormsVersion) -> dict[str, Any]:
    return {
        "norms": row.number,
        "sha256": row.sha256,
        "state": row.document.state,
        "effective_at": row.effective_at,
        "adopted_by": exports.adopted_by(row),
    }


@described("GET", "One version of the norms, or the one in force (`current`)", shapes.Norms)
@api_view(["GET"])
def version(request: Request, number: str) -> Response:
    wanted = str(norms.current().number) if number == "current" else number
    return Response(exports.as_json(find_version(wanted)))


@described("GET", "What changed between two versions of the norms", shapes.Comparison)
@api_view(["GET"])
def compare(request: Request, old: int, new: int) -> Response:
    before, after = find_version(str(old)), find_version(str(new))
    found = differences.between(before.parts(), after.parts())
    return Response(
        {
            "from": {"norms": before.number, "sha256": before.sha256},
            "to": {"norms": after.number, "sha256": after.sha256},
            "changes": [
                {
                    "clause": one.id,
                    "kind": one.kind,
                    "old": one.old.record() if one.old else None,
                    "new": one.new.record() if one.new else None,
                }
                for one in found
                if one.is_change
            ],
        }
    )


@described("GET", "The settings that votes change", shapes.Settings, name="norms_settings_all")
@api_view(["GET"])
def all_settings(request: Request) -> Response:
    return Response({"settings": [setting_record(one) for one in settings.everything()]})


FORESEE = OpenApiParameter("value", str, description="A value as JSON: what would it do?")


@described("GET", "A setting and every change it had", shapes.SettingWithHistory, query=[FORESEE])
@api_view(["GET"])
def setting(request: Request, name: str) -> Response:
    found = settings.one(name)
    rows = PolicyValue.objects.filter(name=name).select_related("by", "event").order_by("-pk")
    asked = request.query_params.get("value")
    foreseen = "" if asked is None else settings.foreseen(name, found.policy.checked(_said(asked)))
    history = [change_record(row) for row in rows]
    return Response(setting_record(found) | {"history": history, "foreseen": foreseen})


def _said(text: str) -> Any:
    """Return a value as JSON has it; what is no JSON is a text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def setting_record(found: settings.Setting) -> dict[str, Any]:
    policy = found.policy
    return {
        "name": policy.name,
        "title": str(policy.title),
        "kind": policy.kind,
        "unit": str(policy.unit),
        "value": found.value,
        "default": policy.default,
        "floor": policy.floor,
        "ceiling": policy.ceiling,
        "choices": list(policy.choices),
        "rule": policy.rule,
        "pinned": found.is_pinned,
        "proposal": found.proposal,
    }


def change_record(row: PolicyValue) -> dict[str, Any]:
    return {
        "act": row.act,
        "value": row.value,
        "reason": row.reason,
        "by": row.by.username if row.by else None,
        "proposal": settings.proposal_of(row),
        "at": row.set_at,
        "event": str(row.event.uuid),
    }


@described("GET", "Founding mode: does it last, and who decided what", shapes.FoundingState)
@api_view(["GET"])
def founded(request: Request) -> Response:
    norms.current()
    begun = Founding.objects.get()
    rows = FoundingDecision.objects.select_related("by", "event").order_by("pk")
    return Response(
        {
            "lasts": founding.is_founding(),
            "started_at": begun.started_at,
            "ended_at": begun.ended_at,
            "why_ended": begun.why_ended,
            "members": electorate.count_members(),
            "members_wanted": value(FOUNDING_MEMBERS.name),
            "decisions": [decision_record(row) for row in rows],
        }
    )


def decision_record(row: FoundingDecision) -> dict[str, Any]:
    return {
        "number": row.pk,
        "deed": row.deed,
        "by": row.by.username if row.by else None,
        "reasons": row.reasons,
        "at": row.at,
        "event": str(row.event.uuid),
    }
