"""Give up large content that nobody refers to."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from models_registry.storage.sweeping import sweep

TOLD_EVERY = 100


class Command(BaseCommand):
    help = "Remove LFS files that no commit named for a day, and what deleted repos left behind."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")

    def handle(self, *args: Any, **options: Any) -> None:
        swept = sweep(dry_run=options["dry_run"], tell=self.tell)
        said = "Would remove" if options["dry_run"] else "Removed"
        self.stdout.write(
            f"{said} {swept.claims} claims that no commit followed and {swept.files} files "
            f"({swept.bytes:,} bytes); {swept.strays} stored files have no row yet."
        )

    def tell(self, done: int, total: int, phase: str) -> None:
        if done % TOLD_EVERY == 0 or done == total:
            self.stderr.write(f"{phase}: {done} of {total}")
