"""Filters for amounts and times, as people read them in the language of the page."""

import datetime as dt
import math
from decimal import Decimal
from functools import lru_cache

from django import template
from django.utils import formats, timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from portal.clock import about_now

register = template.Library()
UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


@register.filter
def size(value: int | None) -> str:
    """Return bytes in decimal units, three digits at most: 90.9 MB."""
    if value is None:
        return ""
    number, power = float(value), 0
    while number >= 999.5 and power < len(UNITS) - 1:
        number, power = number / 1000, power + 1
    digits = 0 if power == 0 or number >= 99.95 else 1
    return f"{formats.number_format(_rounded(number, digits), digits)} {UNITS[power]}"


@register.filter
def number(value: float | None, digits: int = 0) -> str:
    """Return a number with its thousands set apart."""
    if value is None:
        return ""
    return formats.number_format(
        _rounded(value, digits), digits, use_l10n=True, force_grouping=True
    )


@register.filter
def short_number(value: int | None) -> str:
    """Return 1234 as 1.2k, in Chinese 12345 as 1.2万."""
    if value is None:
        return ""
    chinese = (translation.get_language() or "").startswith("zh")
    steps = ((10**8, "亿"), (10**4, "万")) if chinese else ((10**9, "B"), (10**6, "M"), (1000, "k"))
    for step, letter in steps:
        if value >= step:
            shown = value / step
            return f"{math.floor(shown * 10) / 10:.1f}".removesuffix(".0") + letter
    return str(value)


@register.filter
def percent(value: float | None, digits: int = 1) -> str:
    """Return a share from 0 to 1 as per cent."""
    if value is None:
        return ""
    return formats.number_format(_rounded(value * 100, digits), digits) + " %"


def _rounded(value: float, digits: int) -> Decimal:
    """Django's own formatting cuts digits off: 0.9996 with three would read 0.999."""
    return Decimal(f"{value:.{digits}f}")


@register.filter
def moment(when: dt.datetime | None) -> SafeString | str:
    """Return a `<time>` with date and time in the reader's zone."""
    if when is None:
        return ""
    local = timezone.localtime(when)
    shown = formats.date_format(local, "DATETIME_FORMAT")
    return format_html('<time datetime="{}">{}</time>', when.isoformat(), shown)


@register.filter
def ago(when: dt.datetime | None) -> SafeString | str:
    """Return a `<time>` that says how long ago (or in how long), exact on hover."""
    if when is None:
        return ""
    exact = _exact(when, translation.get_language(), timezone.get_current_timezone_name())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', when.isoformat(), exact, _distance(when)
    )


@lru_cache(maxsize=10_000)
def _exact(when: dt.datetime, language: str | None, zone: str) -> str:
    """Return date and time; a page of files asks for a hundred of them, again and again."""
    return formats.date_format(timezone.localtime(when), "DATETIME_FORMAT")


def _distance(when: dt.datetime) -> str:
    seconds = (about_now() - when).total_seconds()
    if abs(seconds) < 45:
        return _("just now")
    if abs(seconds) > 300 * 86_400:
        return formats.date_format(timezone.localtime(when), "DATE_FORMAT")
    words = _span(abs(seconds))
    if seconds > 0:
        return pgettext("a time in the past", "%(span)s ago") % {"span": words}
    return pgettext("a time in the future", "in %(span)s") % {"span": words}


def _span(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = round(seconds / 3600)
    if hours < 24:
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    days = round(seconds / 86_400)
    if days < 45:
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    months = max(1, round(days / 30.44))
    return ngettext("%(n)d month", "%(n)d months", months) % {"n": months}


@register.filter
def duration(seconds: float | None) -> str:
    """Return a span of time in words: 3 minutes."""
    if seconds is None:
        return ""
    if seconds < 60:
        whole = max(1, round(seconds))
        return ngettext("%(n)d second", "%(n)d seconds", whole) % {"n": whole}
    return _span(seconds)
