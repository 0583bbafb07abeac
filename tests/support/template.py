"""Make a migrated data folder with the cast and their tokens: `python -m tests.support.template`.

Runs as its own process, because a Django process has one data folder. `COMMONHOLD_DATA` names it.
Beside it stands `migrated.sqlite3`, the database before anybody was in it.
"""

import io
import json
import os
from pathlib import Path

CAST = ("maker", "voter", "reader_zh", "moderator", "outsider", "admin")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.site.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    data = Path(os.environ["COMMONHOLD_DATA"])
    migrated = data.with_name("migrated.sqlite3")
    migrated.unlink(missing_ok=True)  # of a try that did not end
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(migrated)])
    call_command("load_documents", stdout=io.StringIO())
    people = {name: member(name) for name in CAST}
    (data / "cast.json").write_text(json.dumps(people, indent=1))


def member(name: str) -> dict[str, str]:
    """Create one person of the cast; return what a test needs to act as them."""
    from allauth.account.models import EmailAddress

    from portal import agreements, tokens
    from portal.people.models import Person
    from portal.tokens.scopes import Scopes

    password = f"{name}-keeps-a-long-password"
    person = Person.objects.create_user(
        name,
        email=f"{name}@example.org",
        password=password,
        is_staff=name == "admin",
        is_superuser=name == "admin",
        language="zh-hans" if name == "reader_zh" else "",
    )
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    issued = {
        role: tokens.issue(person, name=f"{role} of tests", role=role)[1]
        for role in ("read", "write")
    }
    for version in agreements.outstanding(person):
        text = version.text_in("en")
        agreements.accept(person, version, language=text.language, text_sha256=text.sha256)
    accepting = Scopes(everywhere=frozenset({"agreements:accept"}))
    accept_token = tokens.issue(person, name="accepts", role="fineGrained", scopes=accepting)[1]
    return {
        "username": name,
        "password": password,
        "read_token": issued["read"],
        "write_token": issued["write"],
        "accept_token": accept_token,
    }


if __name__ == "__main__":
    main()
