"""`manage.py diagnose`: the part of `./commonhold doctor` that needs Django."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from portal.site.diagnosis import examine


class Command(BaseCommand):
    help = "Ask every part of this installation a question; say what is wrong and what to do."
    requires_system_checks = ()  # they are among the questions

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for finding in examine():
            mark = "WRONG" if finding.remedy else "ok   "
            self.stdout.write(f"  {mark} {finding.part}: {finding.text}")
            if finding.remedy:
                wrong += 1
                self.stdout.write(f"        -> {finding.remedy}")
        if wrong:
            sys.exit(1)
