from django.core.management.base import BaseCommand

from portal.agreements.library import load_site_documents
from portal.licences.library import load_open_licences


class Command(BaseCommand):
    help = (
        "Publish the documents that ship with the house: terms, norms, open licences. Idempotent."
    )

    def handle(self, *args: object, **options: object) -> None:
        for version in load_site_documents():
            self.stdout.write(f"{version} {version.state}")
        for licence in load_open_licences():
            self.stdout.write(f"{licence} {licence.document_version.state}")
