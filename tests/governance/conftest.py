"""A small community with norms in force: five members and what they do together."""

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from portal.clock import shifted


class Years:
    """The clock of a test, moved on in days; it stays moved until the test ends."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack

    def days(self, number: float) -> None:
        self.stack.enter_context(shifted(dt.timedelta(days=number)))


@pytest.fixture
def later() -> Iterator[Years]:
    with ExitStack() as stack:
        yield Years(stack)


@pytest.fixture
def norms(database: None) -> Any:
    """The shipped norms, in force and recorded as version 1."""
    from governance import norms
    from tests.support import documents

    documents.site_documents()
    return norms.current()


@pytest.fixture
def founded(norms: Any) -> Any:
    """Founding mode has ended; whoever joined before may vote at once."""
    from governance.norms.models import Founding
    from portal.clock import db_now

    Founding.objects.update(ended_at=db_now(), why_ended="tests")
    return norms


@pytest.fixture
def community(norms: Any) -> list[Any]:
    """Five members who have accepted everything."""
    from tests.factories import PersonFactory

    people = [PersonFactory(username=name) for name in ("ann", "bo", "cy", "dee", "eli")]
    for person in people:
        agreed(person)
    return people


def agreed(person: Any) -> None:
    from portal import agreements
    from tests.support import documents

    for version in agreements.outstanding(person):
        documents.accepted(person, version)
