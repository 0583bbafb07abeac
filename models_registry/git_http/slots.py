"""How many packs are made at a time: by one process, and of those for one person or address."""

import threading
from collections import Counter
from collections.abc import Iterator


class Slots:
    """Places for packs. `together`: all of them; `each`: how many one asker may hold."""

    def __init__(self, *, together: int, each: int) -> None:
        self.together, self.each = together, each
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def held(self, who: str, pieces: Iterator[bytes]) -> "Slot | None":
        """Return an answer that holds a place until it is closed or has ended; None: no place."""
        with self._lock:
            if self._taken.total() >= self.together or self._taken[who] >= self.each:
                return None
            self._taken[who] += 1
        return Slot(self, who, pieces)

    def give_back(self, who: str) -> None:
        with self._lock:
            self._taken[who] -= 1
            self._taken += Counter()  # forgets who holds none


class Slot:
    def __init__(self, slots: Slots, who: str, pieces: Iterator[bytes]) -> None:
        self._slots, self._who, self._pieces, self._held = slots, who, pieces, True

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._pieces
        finally:
            self.close()

    def close(self) -> None:
        if self._held:
            self._held = False
            self._slots.give_back(self._who)
