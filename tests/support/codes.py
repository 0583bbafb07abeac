"""One-time codes as an authenticator app shows them."""

import time

from allauth.mfa import app_settings
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

ENOUGH = 10  # seconds, to enter a code on a busy machine


def code_of(secret: str, *, seconds: int = ENOUGH) -> str:
    """Return the code of this moment, which holds for some `seconds` yet: else wait for the next.

    A person waits too where the ring of the app is about to close.
    """
    period = app_settings.TOTP_PERIOD
    left = period - time.time() % period
    if left < seconds:
        time.sleep(left + 0.1)
    return format_hotp_value(hotp_value(secret, int(time.time()) // period))
