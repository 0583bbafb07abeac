"""What is kept about how an acceptance came about: page, browser family, address prefix."""

import hashlib
import ipaddress
import re
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.template.loader import get_template
from django.utils.safestring import SafeString

from portal.agreements.models import DocumentText

PAGE = "agreements/agree.html"
SCROLLED = ("yes", "no", "unknown")
LONGEST_DWELL_MS = 7 * 24 * 3600 * 1000
FAMILIES = ("Edg", "OPR", "Firefox", "Chrome", "Safari", "curl", "python-requests", "httpx")


@cache
def template_sha256() -> str:
    """Return the hash of the page's template as it is shipped."""
    shipped: Any = get_template(PAGE)
    return hashlib.sha256(shipped.template.source.encode()).hexdigest()


def of_page(rendered: SafeString, *, scrolled: str, browser_dwell_ms: int, shown_ms: int) -> dict:
    """Return the evidence of a browser page. `scrolled` and `dwell_ms` are the browser's word.

    `shown_ms`: by our clock, from sending the page to receiving the form.
    """
    return {
        "template_sha256": template_sha256(),
        "rendered_text_sha256": hashlib.sha256(str(rendered).encode()).hexdigest(),
        "box_unticked_initially": True,
        "reported_by_browser": {
            "scrolled_to_end": scrolled if scrolled in SCROLLED else "unknown",
            "dwell_ms": min(max(0, browser_dwell_ms), LONGEST_DWELL_MS),
        },
        "shown_ms": shown_ms,
    }


def of_api(statement: str, *, shown_ms: int) -> dict[str, Any]:
    return {"statement": statement[:500], "shown_ms": shown_ms}


def surroundings(request: HttpRequest) -> dict[str, str]:
    """Return the erasable details: address prefix (/24 or /48) and browser family."""
    return {
        "ip_prefix": ip_prefix(request.META.get("REMOTE_ADDR", "")),
        "ua_family": ua_family(request.headers.get("User-Agent", "")),
    }


def ip_prefix(address: str) -> str:
    """Return the network an address is in, coarse enough not to name one person."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if ip.version == 6 and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


def ua_family(agent: str) -> str:
    """Return the browser's family and main version, for example `Firefox 140`, or ``."""
    for family in FAMILIES:
        if found := re.search(rf"{family}\w*/(\d{{1,4}})", agent):
            return f"{family} {found[1]}"
    return agent.split("/")[0][:40]


def session_key(request: HttpRequest) -> str:
    session = getattr(request, "session", None)
    return (session.session_key or "") if session is not None else ""


def rendered(text: DocumentText) -> SafeString:
    """Return the text as the page shows it: formatted Markdown, or plain in a `<pre>`."""
    from django.utils.html import format_html

    from portal.markup import render

    if text.is_markdown:
        return render(text.text)
    return format_html("<pre>{}</pre>", text.text)
