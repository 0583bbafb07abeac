"""The demo community: people with random passwords who never meet the public.

`manage.py seed_demo` makes the people and organisations, then calls `seed(cast)` of every app's
and room's `demo.py`, in app order. `remove_demo` calls their `remove(cast)` in the other order.
Both must be safe to run twice and touch no network.
"""

from portal.demo.cast import Cast
from portal.demo.public import DemoMeetsPublic, is_loopback, refuse_public

__all__ = ["Cast", "DemoMeetsPublic", "is_loopback", "refuse_public"]
