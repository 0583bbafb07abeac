"""`manage.py create_member HANDLE EMAIL`: an account made by the operator."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.errors import Refused
from portal.people.accounts import create


class Command(BaseCommand):
    help = "Make an account with a verified address; prints the password if it made one up."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("handle")
        parser.add_argument("email")
        parser.add_argument("--password", default="", help="default: a random one, printed")
        parser.add_argument("--display-name", default="")
        parser.add_argument("--language", default="", choices=["", "en", "zh-hans"])
        parser.add_argument("--staff", action="store_true", help="may use /admin/ (with 2FA)")
        parser.add_argument("--superuser", action="store_true", help="staff with every right")

    def handle(self, *args: Any, **options: Any) -> None:
        password = options["password"] or secrets.token_urlsafe(15)
        try:
            create(
                options["handle"],
                email=options["email"],
                password=password,
                display_name=options["display_name"],
                language=options["language"],
                is_staff=options["staff"] or options["superuser"],
                is_superuser=options["superuser"],
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if not options["password"]:
            self.stdout.write(password)
