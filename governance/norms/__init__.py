"""The norms: clauses with ids in two languages, linear versions, one in force.

`current()` is what apps above may ask for; everything else is this app's own.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from governance.norms.models import NormsVersion


def current() -> "NormsVersion":
    """Return the version in force; `Missing` where the site has no norms yet."""
    from governance.norms import founding

    return founding.in_force()


__all__ = ["current"]
