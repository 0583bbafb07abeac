"""The transfer side behind the pages' port, capped: slow downloads never pin every thread."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
FULL = b"Too many transfers at once; try again in a moment.\n"
RETRY_SECONDS = "5"


def capped(application: Application, most: int) -> Application:
    """Answer at most `most` requests at a time, counted until the last byte is sent; else 503.

    Nobody waits for a place: a thread that waits is a thread that pages lack. Clients of the Hub
    try again by themselves.
    """
    places = threading.BoundedSemaphore(most)

    def application_with_places(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if not places.acquire(blocking=False):
            return _full(start_response)
        try:
            answer = application(environ, start_response)
        except BaseException:
            places.release()
            raise
        return _released_at_close(answer, places)

    return application_with_places


def _full(start_response: Callable[..., Any]) -> Iterable[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(FULL)))]
    start_response("503 Service Unavailable", [*headers, ("Retry-After", RETRY_SECONDS)])
    return [FULL]


def _released_at_close(answer: Any, places: threading.Semaphore) -> Iterable[bytes]:
    """Return the same object, so that the server still knows its file wrapper and uses sendfile."""
    close: Callable[[], None] = getattr(answer, "close", lambda: None)
    once = threading.Lock()

    def close_and_release() -> None:
        try:
            close()
        finally:
            if once.acquire(blocking=False):  # servers may close twice
                places.release()

    answer.close = close_and_release
    return answer
