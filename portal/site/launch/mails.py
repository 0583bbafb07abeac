"""Mails of an installation without a mail server: shown in the log as they are written."""

import email
import email.policy
import re
from pathlib import Path

from portal.site.launch.children import say

SEPARATOR = b"-" * 79 + b"\n"  # between the messages of one file of Django's file backend


class Mails:
    """Watches the folder that Django's file backend writes to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shown = {path: path.stat().st_size for path in folder.glob("*.log")}

    def show_new(self) -> None:
        """Print every message that has been completely written since the last call."""
        for path in sorted(self.folder.glob("*.log")):
            size, before = path.stat().st_size, self.shown.get(path, 0)
            if size <= before:
                continue
            with path.open("rb") as file:
                file.seek(before)
                written = file.read()
            complete, found, _rest = written.rpartition(SEPARATOR)
            if found:
                self.shown[path] = before + len(complete) + len(found)
                for message in complete.split(SEPARATOR):
                    _show(message)


def _show(written: bytes) -> None:
    message = email.message_from_bytes(written.strip(), policy=email.policy.default)
    body = message.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    subject = str(message["subject"]).strip()  # a folded header begins with a space
    say("mail", f"to {message['to']}: {subject}")
    for line in text.splitlines():
        if re.search(r"https?://|\b[A-Z0-9]{4,}-?[A-Z0-9]{2,}\b", line):
            say("mail", f"  {line.strip()}")
