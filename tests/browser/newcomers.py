"""People of nobody's cast: `python -m tests.browser.newcomers 10` prints them as JSON.

A test that changes how somebody signs in takes one of these. `COMMONHOLD_DATA` names the folder.
"""

import json
import os
import secrets
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.site.settings")
    import django

    django.setup()
    from django.contrib.auth.hashers import make_password

    password = secrets.token_urlsafe(18)
    kept = make_password(password)
    people = [newcomer(kept) for _ in range(int(sys.argv[1]))]
    json.dump([{"username": handle, "password": password} for handle in people], sys.stdout)


def newcomer(kept: str) -> str:
    """Make somebody with a confirmed address; `kept` is the hash of the password."""
    from allauth.account.models import EmailAddress

    from portal.people.models import Person

    handle = "new" + secrets.token_hex(4)
    person = Person.objects.create_user(handle, email=f"{handle}@example.org")
    Person.objects.filter(pk=person.pk).update(password=kept)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return handle


if __name__ == "__main__":
    main()
