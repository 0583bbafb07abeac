"""Files on their way in: how each travels, where it is sent, how parts become one."""

from models_registry.uploads.rules import Rules, rules
from models_registry.uploads.sessions import (
    Offer,
    assemble,
    check_announced,
    offers,
    receive,
    receive_part,
    take,
)

__all__ = [
    "Offer",
    "Rules",
    "assemble",
    "check_announced",
    "offers",
    "receive",
    "receive_part",
    "rules",
    "take",
]
