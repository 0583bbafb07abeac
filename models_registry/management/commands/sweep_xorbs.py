"""`manage.py sweep_xorbs`: take xorbs that no file needs a step further on their way out."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from models_registry.xet import garbage
from portal.clock import db_now

TOLD_EVERY = 100


class Command(BaseCommand):
    help = "Mark, doom and remove xorbs that no file has needed for 28 days and two more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="tell, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        swept = garbage.due(db_now()) if options["dry_run"] else garbage.sweep_now(self.tell)
        self.stdout.write(
            f"{swept.unused} unused, {swept.doomed} doomed, {swept.removed} removed "
            f"({swept.freed} bytes), {swept.strays} strays deleted."
        )

    def tell(self, done: int, total: int, phase: str) -> None:
        if done % TOLD_EVERY == 0 or done == total:
            self.stderr.write(f"{phase}: {done} of {total}")
