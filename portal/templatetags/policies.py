"""`{% load policies %}`"""

from typing import Any

from django import template

register = template.Library()


@register.filter
def as_list(value: Any) -> list[Any] | None:
    """Return a list as it is, and None for anything else."""
    return value if isinstance(value, list) else None
