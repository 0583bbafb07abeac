"""What no database keeps and no answer can say again is refused where it comes in."""

import io

import pytest
from rest_framework.exceptions import ParseError

from portal.api.parsing import StorableJson


def parsed(body: bytes) -> object:
    return StorableJson().parse(io.BytesIO(body), "application/json", {})


def test_plain_json_is_read():
    assert parsed('{"a": ["é", 1, null, "😀"]}'.encode()) == {"a": ["é", 1, None, "😀"]}
    assert parsed(rb'"\ud83d\ude00"') == "😀"


@pytest.mark.parametrize(
    "body",
    [rb'{"a": "\ud800"}', rb'{"\udfff": 1}', rb'[["\u0000"]]', b"[" * 100_000, b"\xff", b"NaN"],
)
def test_what_cannot_be_kept_is_refused(body):
    with pytest.raises(ParseError):
        parsed(body)
