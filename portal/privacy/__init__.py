"""What is about a person: handed out as one archive, and erased when they ask.

Each app says in its `privacy.py` (an app's or a room's) what it knows about a person and how it
forgets it: `contribute("acceptances", export=..., erase=...)`.
"""

from portal.privacy.registry import REGISTRY, contribute

__all__ = ["REGISTRY", "contribute"]
