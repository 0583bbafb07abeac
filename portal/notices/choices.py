"""How a person wants to be told: changing it, on the page and from a mail."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from django.core import signing
from django.db import transaction

from portal.errors import Missing
from portal.notices.kinds import REGISTRY
from portal.notices.models import NoticeChoice, Rhythm
from portal.notices.sending import Wish

if TYPE_CHECKING:
    from portal.people.models import Person

SALT = "portal.notices.unsubscribe"
DIGEST = "digest"  # stands for every kind that comes in digests


def of(person: "Person") -> dict[str, Wish]:
    """Return the wish of a person for every kind. One query."""
    kept = {row.kind: row for row in NoticeChoice.objects.filter(person=person)}
    found = {}
    for name, kind in REGISTRY.items():
        row = None if kind.mandatory else kept.get(name)
        found[name] = Wish.of(row) if row else Wish(True, kind.default_mail)
    return found


def choose(person: "Person", wanted: dict[str, Wish]) -> None:
    """Keep a person's wishes; unknown and mandatory kinds are left as they are."""
    with transaction.atomic():
        for name, wish in wanted.items():
            if name in REGISTRY and not REGISTRY[name].mandatory:
                NoticeChoice.objects.update_or_create(
                    person=person,
                    kind=name,
                    defaults=asdict(wish),
                )


def unsubscribe_token(person: "Person", kind: str) -> str:
    """Return the signed word that stops the mails of one kind to one person, and nothing else."""
    return signing.dumps([person.opaque, kind], salt=SALT)


def read_token(token: str) -> tuple["Person", str]:
    """Return whose mails of which kind a token stops; `Missing` for one that we did not sign."""
    from portal.people.models import Person

    try:
        opaque, kind = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise Missing from error
    person = Person.objects.filter(opaque=opaque, is_active=True).first()
    if person is None or kind not in {*REGISTRY, DIGEST}:
        raise Missing
    return person, kind


def stop_mail(person: "Person", kind: str) -> None:
    """Send no more mails of this kind, or no more digests; the other ways stay as they are."""
    known = of(person)
    digests = [name for name, wish in known.items() if wish.mail and wish.rhythm != Rhythm.NOW]
    names = digests if kind == DIGEST else [kind]
    choose(person, {name: replace(known[name], mail=False) for name in names})
