"""`manage.py rotate_log_key`: sign heads with a new key from now on."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.errors import Refused
from portal.events import keys
from portal.events.sequencer import sequence


class Command(BaseCommand):
    help = "Make a new signing key for the log, endorsed by the present one, and sign a head."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--lost", action="store_true", help="the present key is gone: go on without it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            key = keys.rotate(lost=options["lost"])
            sequence()
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(key.verifier)
