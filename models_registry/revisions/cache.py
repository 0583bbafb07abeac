"""A small memory of immutable things: what stands behind an object id can never change."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Memory(Generic[V]):
    """Least recently used values up to a total weight, shared by the threads of a process."""

    def __init__(self, capacity: int):
        self._capacity = capacity
        self._weight = 0
        self._kept: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> V | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: V, weight: int = 1) -> None:
        if weight > self._capacity // 4:
            return
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = (value, weight)
            self._weight += weight
            while self._weight > self._capacity:
                _key, (_value, gone) = self._kept.popitem(last=False)
                self._weight -= gone

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._weight = 0
