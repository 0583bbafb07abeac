"""`manage.py scrub`: read everything that is stored and compare it with its hash."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from models_registry import scrub


class Command(BaseCommand):
    help = "Compare every stored byte with its hash; name the revisions that damage touches."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="tell, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        total, read, damages = scrub.total(), 0, []
        for number, found in enumerate(scrub.scrub(dry_run=options["dry_run"]), start=1):
            read += found.size
            if found.damage:
                damages.append(found.damage)
                self.stdout.write(self.style.ERROR(_sentence(found.damage)))
            if number % 100 == 0:
                self.stderr.write(f"{number} of {total}, {read / 1e9:.1f} GB")
        self.stdout.write(f"{total} things, {read} bytes read.")
        if damages:
            raise CommandError(f"{len(damages)} of them are damaged.")
        self.stdout.write(self.style.SUCCESS("All is as it was stored."))


def _sentence(damage: scrub.Damage) -> str:
    where = ", ".join(damage.revisions) or "no revision"
    return f"{damage.kind} {damage.name}: {damage.reason}; part of {where}"
