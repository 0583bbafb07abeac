"""`manage.py chunk_files`: give files that came by LFS the chunks that Xet clients know them by."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from models_registry.xet import chunking


class Command(BaseCommand):
    help = "Cut files that came whole into chunks; the whole files go an hour later."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="tell, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        files = chunking.next_files(chunking.waiting().count())
        self.stdout.write(f"{len(files)} files wait, {sum(f.size for f in files):,} bytes.")
        if options["dry_run"]:
            return
        damaged = []
        for number, blob in enumerate(files, start=1):
            if not chunking.into_chunks(blob):
                damaged.append(blob.sha256)
            self.stderr.write(f"{number} of {len(files)}")
        self.stdout.write(f"{sum(chunking.drop_whole_files()):,} bytes freed.")
        if damaged:
            raise CommandError(f"Not what they should be: {', '.join(damaged)}")
