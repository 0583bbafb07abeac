"""`manage.py seed_demo [--json]`: the demo community, made or completed; with fresh tokens."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.demo.seeding import seed
from portal.errors import Refused


class Command(BaseCommand):
    help = "Make the demo community (safe to run again) and print how to act as its people."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = seed()
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(made, ensure_ascii=False, indent=1))
            return
        self.stdout.write(made["base_url"])
        for name, person in made["people"].items():
            self.stdout.write(f"  {name:10} {person['username']:10} {person['password']}")
