"""Where browsers say that a page broke the content policy: one line in the server's log each."""

import json
import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

LONGEST = 16 * 1024
log = logging.getLogger("commonhold.policy")


@csrf_exempt
@require_POST
def policy_report(request: HttpRequest) -> HttpResponse:
    """Note what was blocked where. Anybody can send anything here: it is cut, and never shown."""
    if int(request.headers.get("Content-Length") or 0) > LONGEST:
        return HttpResponse(status=413)
    try:
        reports = json.loads(request.body)
    except ValueError:
        return HttpResponse(status=400)
    for report in reports[:10] if isinstance(reports, list) else []:
        body = report.get("body") if isinstance(report, dict) else None
        if isinstance(body, dict):
            log.warning("content policy: %.120r", _said(body))
    return HttpResponse(status=204)


def _said(body: dict[str, object]) -> list[str]:
    names = ("effectiveDirective", "blockedURL", "documentURL")
    return [str(body.get(name, ""))[:200] for name in names]
