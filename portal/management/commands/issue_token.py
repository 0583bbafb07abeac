"""`manage.py issue_token USER --role read|write`: print a new access token of a person."""

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal import tokens
from portal.clock import db_now
from portal.errors import Refused
from portal.people.models import Person


class Command(BaseCommand):
    help = "Issue an access token for a person and print it; it is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="handle of the person")
        parser.add_argument("--role", choices=["read", "write"], default="read")
        parser.add_argument("--name", default="", help="how the person finds it in the settings")
        parser.add_argument("--days", type=int, help="days until it expires (default: never)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person = Person.objects.get_by_natural_key(options["user"])
        except Person.DoesNotExist as error:
            raise CommandError(f"There is nobody with the handle {options['user']!r}.") from error
        days = options["days"]
        try:
            _token, raw = tokens.issue(
                person,
                name=options["name"] or f"issued by an operator ({options['role']})",
                role=options["role"],
                expires_at=db_now() + dt.timedelta(days=days) if days else None,
                origin="command",
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(raw)
