"""A process that asks for jobs until it is killed: `python -m tests.support.asking JOURNAL`.

Each deed is one event and one job in one transaction. What was committed for certain goes to the
journal, a line each; a deed that failed, or whose end nobody saw, does not.
"""

import os
import random
import sys
import time
import uuid

from django.db import DatabaseError, InterfaceError, connection, transaction


def main() -> None:
    import django

    django.setup()
    journal = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    chance = random.Random()
    while True:
        key = uuid.uuid4().hex
        try:
            ask(key, {"seconds": chance.choice([0, 0, 0.2, 1])})
        except (DatabaseError, InterfaceError) as error:
            print(f"not asked: {type(error).__name__}: {error}", flush=True)
            connection.close()
            time.sleep(0.1)
            continue
        os.write(journal, f"{key}\n".encode())
        time.sleep(chance.uniform(0, 0.2))


def ask(key: str, payload: dict[str, float]) -> None:
    from portal import events, jobs

    with transaction.atomic():
        events.record("test:deed:asked", subject=f"deed:{key}")
        jobs.enqueue("tests.support.deeds.note", key, payload)


if __name__ == "__main__":
    main()
