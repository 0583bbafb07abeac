"""Reading progress from a process that is not trusted: bounded lines, bounded rate, plain facts."""

import json
import time
from collections.abc import Iterator

from finetuning.sandbox.task import Progress

PHASE_LENGTH = 40
BURST_S = 2.0


class Flood(Exception):
    """Too much, too long or not progress at all."""


class Lines:
    """Cuts a byte stream into progress lines under a token bucket.

    `line_bytes` is the longest line; `rate` is lines a second, with two seconds' worth of burst.
    """

    def __init__(self, line_bytes: int, rate: float):
        self.line_bytes = line_bytes
        self.rate = rate
        self.allowance = rate * BURST_S
        self.at = time.monotonic()
        self.rest = b""
        self.waiting: list[bytes] = []

    def feed(self, chunk: bytes) -> None:
        *whole, self.rest = (self.rest + chunk).split(b"\n")
        self.waiting += whole

    def ready(self) -> Iterator[Progress]:
        """Yield the lines that have come; raises `Flood`."""
        waiting, self.waiting = self.waiting, []
        now = time.monotonic()
        burst = self.rate * BURST_S
        self.allowance = min(burst, self.allowance + (now - self.at) * self.rate)
        self.at = now
        if len(waiting) > self.allowance or len(self.rest) > self.line_bytes:
            raise Flood
        self.allowance -= len(waiting)
        for line in waiting:
            yield self.parse(line)

    def parse(self, line: bytes) -> Progress:
        if len(line) > self.line_bytes:
            raise Flood
        try:
            found = json.loads(line)
            phase, done, total = found["phase"], found["done"], found["total"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Flood from None
        numbers = all(type(n) is int and 0 <= n < 2**40 for n in (done, total))
        if not numbers or not isinstance(phase, str) or not phase.isascii():
            raise Flood
        return Progress(phase[:PHASE_LENGTH], min(done, total), total)
