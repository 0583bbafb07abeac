"""Whatever changes something leaves an event: every non-safe method of every address is tried.

A new door fails here until its deed stands in a `deeds_of_*.py`, or its reason for silence.
"""

from importlib import import_module
from pathlib import Path

import pytest
from django.core.cache import caches

from tests.doors import enumerated
from tests.doors.world import DEEDS, SILENT, World

for path in sorted(Path(__file__).parent.glob("deeds_of_*.py")):
    import_module(f"tests.doors.{path.stem}")


def test_every_door_has_a_deed_or_a_reason():
    doors = enumerated.unsafe()
    nameless = {door: at for door, at in doors.items() if door not in DEEDS | SILENT}
    assert nameless == {}, "add its deed to a tests/doors/deeds_of_*.py"
    assert set(DEEDS) | set(SILENT) <= set(doors), "a door is gone"
    assert not set(DEEDS) & set(SILENT)


@pytest.mark.parametrize("door", sorted(DEEDS))
def test_a_deed_leaves_its_event(door: str, db):
    caches["default"].clear()
    with World() as world:
        answer = DEEDS[door].do(world)
    told = getattr(answer, "status_code", None) or answer.status
    assert told < 400, getattr(answer, "content", None) or answer.body
    assert DEEDS[door].kind in world.recorded()
