"""`manage.py verify_log`: check the whole log and name each row that does not agree."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.events import notes
from portal.events.verification import verify


class Command(BaseCommand):
    help = "Check every event, leaf, stored hash and signed head of the log."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--note", type=Path, help="a signed head that was kept elsewhere")

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify(_kept(options["note"]))
        for finding in report.findings:
            self.stdout.write(self.style.ERROR(finding))
        root = report.root.hex()
        self.stdout.write(
            f"{report.leaves} leaves, {report.heads} signed heads, {report.pending} waiting, "
            f"root {root}"
        )
        if report.findings:
            raise CommandError(f"The log is not sound: {len(report.findings)} findings.")
        self.stdout.write(self.style.SUCCESS("The log is sound."))


def _kept(path: Path | None) -> notes.Note | None:
    if path is None:
        return None
    try:
        return notes.parse(path.read_text())
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} cannot be read as a signed head: {error}") from error
