"""Filters that the pages of evaluation need."""

import datetime as dt
from typing import Any

from django import template
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def score_of(scores: dict[str, Any], metric: str) -> float | None:
    """Return the value of a metric of a board's row."""
    found = scores.get(str(metric))
    return None if found is None else found.value


@register.filter
def tagged_words(sample: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the words of an item beside their tags."""
    return list(zip(sample["words"], sample["tags"], strict=True))


@register.filter
def duration(span: dt.timedelta | None) -> str:
    """Return a time left as people say it, in seconds below two minutes."""
    if span is None:
        return ""
    seconds = max(1, round(span.total_seconds()))
    if seconds < 120:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    minutes = round(seconds / 60)
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
