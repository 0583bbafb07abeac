from django.core.management import call_command
from django.core.management.base import BaseCommand

from portal.search.models import SearchEntry


class Command(BaseCommand):
    help = "Do everything an installation needs after migrate. Idempotent, touches no network."

    def handle(self, *args: object, **options: object) -> None:
        found_before = SearchEntry.objects.exists()
        call_command("load_documents", stdout=self.stdout)
        if not found_before:
            call_command("rebuild_search", stdout=self.stdout)
