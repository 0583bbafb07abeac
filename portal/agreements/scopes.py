"""What an acceptance is for: the repo it was asked for, and the repos that one stands on.

The registry of repos is above this room, so it provides the function that knows them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portal.access import Actor

Resolver = Callable[["Actor", str], dict[str, Any]]
_resolvers: list[Resolver] = []


def provide(resolver: Resolver) -> Resolver:
    """Register how a repo's name becomes `{"repo": name, "base_chain": [names], "relation": word}`.

    The function returns {} for a name that the actor may not see.
    """
    if resolver not in _resolvers:
        _resolvers.append(resolver)
    return resolver


def resolve(actor: "Actor", name: str) -> dict[str, Any]:
    """Return the scope of an acceptance that was asked for by the repo `name`, or {}."""
    if not name or len(name) > 200:
        return {}
    return next((scope for resolver in _resolvers if (scope := resolver(actor, name))), {})
