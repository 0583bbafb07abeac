from django.core.management.base import BaseCommand

from portal.privacy.erasing import reapply


class Command(BaseCommand):
    help = "After a restore: erase again whoever was erased since the copy was made."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{reapply()} erased again")
