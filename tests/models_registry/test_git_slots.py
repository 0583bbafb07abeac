"""Places for packs: nobody holds them all, and whoever is done gives one back."""

import contextlib

from models_registry.git_http.slots import Slots


def test_one_person_leaves_places_to_others() -> None:
    slots = Slots(together=3, each=2)
    first, second = (slots.held("a", iter([b"x"])) for _number in range(2))
    assert first and second and slots.held("a", iter([])) is None
    other = slots.held("b", iter([b"y"]))
    assert other and slots.held("c", iter([])) is None, "all are taken"
    assert b"".join(first) == b"x"
    assert slots.held("a", iter([]))
    second.close()
    second.close()
    assert slots.held("a", iter([])) and slots.held("a", iter([])) is None


def test_an_answer_that_breaks_off_gives_its_place_back() -> None:
    def broken():
        yield b"x"
        raise OSError

    slots = Slots(together=1, each=1)
    answer = slots.held("a", broken())
    assert answer
    with contextlib.suppress(OSError):
        list(answer)
    assert slots.held("b", iter([]))
