"""Whether this server evaluates: it must be switched on, and a sandbox must hold its probe."""

from django.conf import settings

from finetuning import sandbox


def is_on() -> bool:
    """Return whether submissions are taken here. `COMMONHOLD_EVALUATION=off` closes them."""
    return bool(settings.EVALUATION_ON) and works()


def works() -> bool:
    """Return whether some mechanism of this machine holds its probe."""
    mechanism, _complaints = sandbox.probe_all()
    return mechanism is not None


def complaints() -> tuple[str, ...]:
    """Return why no mechanism holds, one sentence each."""
    mechanism, found = sandbox.probe_all()
    return () if mechanism is not None else found
