"""Questions for chunks: answered to whom they are of use, and not without end."""

import os

import pytest

from portal.errors import TooMany
from tests.factories import make_repo

pytestmark = pytest.mark.django_db


def test_questions_for_chunks_have_a_limit_a_person(maker, outsider, settings):
    from models_registry.xet import dedup
    from models_registry.xet.grants import Grant
    from portal.access import Actor

    settings.HUB_RATE_LIMITS = settings.HUB_RATE_LIMITS | {"dedup": 3}
    asks = Grant(Actor(maker), make_repo(maker), None)
    other = Grant(Actor(outsider), make_repo(outsider), None)
    for _ in range(3):
        dedup.check_rate(asks)
    with pytest.raises(TooMany) as refused:
        dedup.check_rate(asks)
    assert refused.value.status == 429
    dedup.check_rate(other)
    assert dedup.answer(other, os.urandom(32)) is None
