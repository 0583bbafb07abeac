"""Labelled points at which a test lets the process die as by `kill -9`.

Honoured only where `settings.CRASH_POINTS` allows it; elsewhere `CRASH_AT` means nothing.
"""

import os

from django.conf import settings

LABELS = (
    "content:tmp-written",
    "content:tmp-synced",
    "content:linked",
    "content:folder-synced",
    "content:row-written",
    "xorb:arrived",
    "xorb:tmp-synced",
    "xorb:linked",
    "xorb:folder-synced",
    "xorb:row-written",
    "shard:checked",
    "shard:before-commit",
    "shard:committed",
    "commit:planned",
    "commit:objects-written",
    "commit:before-ref",
    "commit:after-ref",
    "commit:before-commit",
    "commit:committed",
)


def crash_point(label: str) -> None:
    """Die here, without any clean-up, if a test asked for it."""
    if settings.CRASH_POINTS and os.environ.get("CRASH_AT") == label:
        os._exit(137)
