"""Rate limits in the headers the client understands: it waits exactly as long as we say.

A fixed window of five minutes a person (or an address without a token), counted in each server
process: the limit is there to keep one script from crowding out the others, not to bill.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpResponse

from models_registry.hub_api.asking import HubRequest
from models_registry.hub_api.errors import answer
from portal.errors import TooMany

WINDOW = 300  # seconds


@dataclass
class Windows:
    """Counters of the present window; forgotten all at once when the next one begins."""

    number: int = 0
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, key: tuple[str, str], now: float) -> tuple[int, int]:
        """Count one request; return how many there were, and the seconds the window still has."""
        with self.lock:
            if int(now // WINDOW) != self.number:
                self.number = int(now // WINDOW)
                self.counts.clear()
            seen = self.counts[key] = self.counts.get(key, 0) + 1
        return seen, max(1, int(WINDOW - now % WINDOW))


windows = Windows()


def kind_of(request: HubRequest) -> str:
    return "resolvers" if "/resolve/" in request.path_info else "api"


def who(request: HubRequest) -> str:
    return str(request.person.pk if request.person else request.META.get("REMOTE_ADDR", ""))


def rate_limited(
    get_response: Callable[[HubRequest], HttpResponse],
) -> Callable[[HubRequest], HttpResponse]:
    """Middleware: 429 with `RateLimit` and `Retry-After` once the window's share is used up."""

    def middleware(request: HubRequest) -> HttpResponse:
        kind = kind_of(request)
        limit = settings.HUB_RATE_LIMITS[kind if request.person else "anonymous"]
        seen, seconds = windows.count((kind, who(request)), time.time())
        if seen > limit:
            response = answer(request, TooMany(retry_after=seconds + 1))
        else:
            response = get_response(request)
        response["RateLimit"] = f'"{kind}";r={max(0, limit - seen)};t={seconds}'
        response["RateLimit-Policy"] = f'"fixed window";"{kind}";q={limit};w={WINDOW}'
        return response

    return middleware
