"""What happens to every page on its way: one name for this machine, and a header."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from portal.demo import is_loopback

View = Callable[[HttpRequest], HttpResponse]


def one_name_here(get_response: View) -> View:
    """Lead browsers from 127.0.0.1 and ::1 to `localhost`, or what else the public address says.

    Sessions and passkeys belong to a name, and a passkey never to a number. Programs stay where
    they are: they keep nothing.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if _is_under_another_name(request):
            return HttpResponseRedirect(settings.PUBLIC_URL + request.get_full_path())
        return get_response(request)

    return middleware


def _is_under_another_name(request: HttpRequest) -> bool:
    """Whether a browser asks for a page at another name of this machine, at the same port."""
    is_browser = "text/html" in request.headers.get("Accept", "")
    if not is_browser or request.method not in ("GET", "HEAD"):
        return False
    public = urlsplit(settings.PUBLIC_URL)
    try:
        asked = urlsplit(f"//{request.headers.get('Host', '')}")
        same_port = asked.port == public.port
    except ValueError:  # not a host at all: refused further on
        return False
    if not same_port or asked.hostname == public.hostname or not is_loopback(settings.PUBLIC_URL):
        return False
    return is_loopback(f"//{asked.netloc}")


def reporting_endpoints(get_response: View) -> View:
    """Say where `report-to csp` of the content policy leads."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers["Reporting-Endpoints"] = f'csp="{reverse("policy_report")}"'
        return response

    return middleware
