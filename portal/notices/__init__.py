"""Telling people: on the site, and by mail if they want it.

Each app declares its kinds in a `notices.py` (an app's or a room's); `send` writes the notice in
the deed's own transaction, in the person's language; the mail is a job.
"""

from portal.notices.kinds import REGISTRY, Kind, declare
from portal.notices.sending import send, send_many

__all__ = ["REGISTRY", "Kind", "declare", "send", "send_many"]
