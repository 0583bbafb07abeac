"""What a new version of a licence sets off: job rows, for the apps above that care.

They subscribe with the dotted name of a job handler; this room never imports them.
"""

from portal import jobs
from portal.licences.models import LicenceVersion

_LISTENERS: list[str] = []


def subscribe(handler: str) -> None:
    """Let the job `handler` run after each version that follows another, with `{"version": id}`."""
    if handler not in _LISTENERS:
        _LISTENERS.append(handler)


def announce(version: LicenceVersion) -> None:
    """Write the jobs. Runs in the publication's transaction."""
    for handler in _LISTENERS:
        jobs.enqueue(handler, str(version), {"version": version.pk})
