"""`manage.py sweep_history`: give up commits that nothing reaches, and what only they brought."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from models_registry.revisions import garbage

TOLD_EVERY = 100


class Command(BaseCommand):
    help = "Remove commits that no branch, tag or evaluation has reached for a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")

    def handle(self, *args: Any, **options: Any) -> None:
        swept = garbage.sweep(dry_run=options["dry_run"], tell=self.tell)
        said = "Would remove" if options["dry_run"] else "Removed"
        self.stdout.write(
            f"{said} {swept.commits} commits, {swept.objects} objects ({swept.bytes:,} bytes) and "
            f"the hold of {swept.files} large files; {swept.noted} commits more are out of reach."
        )

    def tell(self, done: int, total: int, phase: str) -> None:
        if done % TOLD_EVERY == 0 or done == total:
            self.stderr.write(f"{phase}: {done} of {total} repos")
