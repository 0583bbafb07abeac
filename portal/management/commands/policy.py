import json

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.errors import Refused
from portal.policies import changing, reading


class Command(BaseCommand):
    help = "List the settings that votes can change, pin one with a reason, or release a pin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["list", "pin", "unpin"])
        parser.add_argument("name", nargs="?", default="")
        parser.add_argument("value", nargs="?", default="", help="as JSON")
        parser.add_argument("--reason", default="", help="for everybody to read")

    def handle(self, *args: object, **options: str) -> None:
        if options["act"] == "list":
            self.list()
            return
        try:
            self.change(options)
        except (Refused, json.JSONDecodeError) as error:
            raise CommandError(str(error)) from error

    def list(self) -> None:
        for setting in reading.all_in_force():
            held = " (pinned)" if setting.is_pinned else ""
            shown = json.dumps(setting.value, ensure_ascii=False)
            self.stdout.write(f"{setting.policy.name} = {shown}{held}")

    def change(self, options: dict[str, str]) -> None:
        if options["act"] == "unpin":
            changing.unpin(options["name"], by=None, reason=options["reason"])
        else:
            value = json.loads(options["value"])
            changing.pin(options["name"], value, by=None, reason=options["reason"])
        self.list()
