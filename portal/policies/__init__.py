"""Settings that votes can change: declared by the apps, read here, written only by enactment.

Reading: `value(name)`, at most one query a request. Writing: `changing.enact` (governance's
enactment) and `changing.pin` (an operator, with a reason that everybody can read).
"""

from portal.policies.reading import in_force, value
from portal.policies.registry import REGISTRY, BadValue, Policy, UnknownPolicy, declare

__all__ = ["REGISTRY", "BadValue", "Policy", "UnknownPolicy", "declare", "in_force", "value"]
