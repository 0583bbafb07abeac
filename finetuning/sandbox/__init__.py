"""Processes that may read what they are given, write what they are handed, and nothing else.

No Django. `run(Task(...))` starts a command without network, without the host's environment and
files, under limits, and ends it within a second when one of them is passed. Where no mechanism of
this machine holds what its probe asks, `Unavailable` is raised: nothing ever runs unsandboxed.
"""

from finetuning.sandbox.mechanisms import Mechanism, Unavailable, chosen, probe_all
from finetuning.sandbox.run import run
from finetuning.sandbox.task import Ending, Limits, Outcome, Progress, Task

__all__ = [
    "Ending",
    "Limits",
    "Mechanism",
    "Outcome",
    "Progress",
    "Task",
    "Unavailable",
    "chosen",
    "probe_all",
    "run",
]
