from django.core.management.base import BaseCommand, CommandParser

from portal.search import KINDS, rebuild


class Command(BaseCommand):
    help = "Write the search index anew, of all kinds or of some."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kinds", nargs="*", metavar="kind", help=", ".join(sorted(KINDS)))

    def handle(self, *args: object, **options: list[str]) -> None:
        self.stdout.write(f"{rebuild(options['kinds'])} entries")
