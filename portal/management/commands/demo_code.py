"""`manage.py demo_code NAME`: a demo person's one-time code of this half minute."""

import time
from argparse import ArgumentParser
from typing import Any

from allauth.mfa import app_settings as mfa
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.management.base import BaseCommand, CommandError

from portal.demo import keys
from portal.demo.cast import PARTS


class Command(BaseCommand):
    help = "Print the current one-time code of a demo person that has a second factor."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help=f"one of {', '.join(PARTS)}, or the handle")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["name"].lower()
        for name, part in PARTS.items():
            if wanted in (name, part.handle) and keys.path().exists():
                secret = keys.read_or_make()[name]["totp_secret"]
                if not secret:
                    raise CommandError(f"{part.handle} signs in with the password alone.")
                counter = int(time.time()) // mfa.TOTP_PERIOD
                self.stdout.write(format_hotp_value(hotp_value(secret, counter)))
                return
        raise CommandError(f"There is no demo person {options['name']!r} here.")
