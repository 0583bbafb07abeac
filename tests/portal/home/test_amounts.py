"""Amounts and times as people read them."""

import datetime as dt

import pytest
from django.utils import translation

from portal.clock import db_now
from portal.templatetags import amounts


@pytest.mark.parametrize(
    "value, shown",
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (90_868_376, "90.9 MB"),
        (10**12, "1.0 TB"),
        (999_950, "1.0 MB"),
        (123_456_789, "123 MB"),
        (None, ""),
    ],
)
def test_sizes_have_three_digits_at_most(value: int | None, shown: str) -> None:
    assert amounts.size(value) == shown


@pytest.mark.parametrize(
    "value, english, chinese",
    [
        (7, "7", "7"),
        (1234, "1.2k", "1234"),
        (12_345, "12.3k", "1.2万"),
        (3_000_000, "3M", "300万"),
        (250_000_000, "250M", "2.5亿"),
    ],
)
def test_short_numbers_count_as_the_language_does(value: int, english: str, chinese: str) -> None:
    with translation.override("en"):
        assert amounts.short_number(value) == english
    with translation.override("zh-hans"):
        assert amounts.short_number(value) == chinese


@pytest.mark.django_db
@pytest.mark.parametrize(
    "back, words",
    [
        (0, "just now"),
        (100, "2 minutes ago"),
        (3 * 3600, "3 hours ago"),
        (-7200, "in 2 hours"),
        (40 * 86_400, "40 days ago"),
        (70 * 86_400, "2 months ago"),
    ],
)
def test_times_say_how_long_ago(back: int, words: str) -> None:
    html = amounts.ago(db_now() - dt.timedelta(seconds=back))
    assert f">{words}</time>" in html and 'datetime="' in html


def test_numbers_are_rounded_not_cut() -> None:
    assert amounts.number(0.9996, 3) == "1.000" and amounts.percent(0.12346, 2) == "12.35 %"
    assert amounts.number(1_234_567) == "1,234,567"
