"""`manage.py remove_demo`: take the demo community away."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.demo.seeding import remove


class Command(BaseCommand):
    help = "Remove the demo's content and erase its people."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{remove()} demo people removed.")
