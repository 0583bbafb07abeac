"""`python -m finetuning.runners STEP --input NAME=PATH --output NAME=FD --progress FD`."""

import os
import sys
import tempfile
from importlib import import_module

from finetuning.runners.channel import Channel, Fault

# What a step is doing while its libraries are still being imported, which takes seconds.
STEPS = {"predict": "loading", "score": "scoring", "train": "loading"}
FAULT_STATUS = 20


def main(argv: list[str]) -> int:
    step, *rest = argv
    if step not in STEPS:
        raise SystemExit(f"unknown step {step!r}")
    name_caches()
    channel = Channel.of(rest)
    channel.tell(STEPS[step], 0, 1)
    try:
        import_module(f"finetuning.runners.{step}").main(channel)
    except Fault as fault:
        channel.write_json("record", {"fault": fault.kind, "text": str(fault)})
        return FAULT_STATUS
    return 0


def name_caches() -> None:
    """Where there is a graphics card, torch names a cache after the user; none has a name here."""
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", tempfile.gettempdir())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
