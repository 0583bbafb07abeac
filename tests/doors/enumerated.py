"""Every door through which something can be changed: the non-safe methods of all addresses.

A door is named by its method and the view behind it, so that one view at several addresses
(models and data sets, with and without `.git`) is one door.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import URLPattern, URLResolver, get_resolver

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def unsafe() -> dict[str, list[str]]:
    """Return each door (`METHOD dotted.view`) with the addresses it stands at."""
    found: dict[str, list[str]] = {}
    for urlconf in (settings.ROOT_URLCONF, settings.HUB_URLCONF, settings.TRANSFER_URLCONF):
        for address, pattern in _patterns(get_resolver(urlconf)):
            for method, view in _views(pattern.callback):
                found.setdefault(f"{method} {_name(view)}", []).append(address)
    return found


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        address = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, address)
        else:
            yield address, pattern


def _views(view: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    """Yield the non-safe methods a view takes, each with what answers it."""
    by_class = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if by_class is not None:
        yield from ((method, by_class) for method in UNSAFE if hasattr(by_class, method.lower()))
        return
    if isinstance(view, Feed):  # reads, whatever the method
        return
    known = _closed_over(view)
    if "views" in known:  # by_method of the Hub
        yield from (
            (method, known["views"][method]) for method in UNSAFE if method in known["views"]
        )
        return
    taken = known.get("request_method_list", ["POST"])  # a view that does not say takes a form
    yield from ((method, view) for method in UNSAFE if method in taken)


def _closed_over(view: Any) -> dict[str, Any]:
    """Return what a view and its decorators keep; where two say which methods, the outer one."""
    known: dict[str, Any] = {}
    while view is not None:
        inner = inspect.unwrap(view, stop=lambda f: inspect.isfunction(f))
        if inspect.isfunction(inner):
            known = dict(inspect.getclosurevars(inner).nonlocals) | known
        view = getattr(view, "__wrapped__", None)
    return known


def _name(view: Any) -> str:
    function = view if inspect.isclass(view) else inspect.unwrap(view)
    named = function if hasattr(function, "__name__") else type(function)
    return f"{named.__module__}.{named.__name__}"
