"""Writing notices: in the person's language, as the person wants them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation

from portal import jobs
from portal.clock import db_now
from portal.notices.kinds import REGISTRY, Kind
from portal.notices.models import Notice, NoticeChoice, Rhythm

if TYPE_CHECKING:
    from portal.people.models import Person

MAIL = "portal.notices.jobs.mail"
LONGEST_SUBJECT = 250


@dataclass(frozen=True)
class Wish:
    """Whether a person wants a kind on the site, by mail and when, and in their feed."""

    in_app: bool
    mail: bool
    rhythm: str = Rhythm.NOW
    feed: bool = False

    @classmethod
    def of(cls, row: NoticeChoice) -> "Wish":
        return cls(row.in_app, row.mail, row.rhythm, row.feed)


def send(
    person: "Person",
    kind: str,
    *,
    subject: object,
    body: object,
    url: str = "",
    context: Mapping[str, Any] | None = None,
) -> Notice | None:
    """Tell one person; None if they want no notices of this kind.

    `subject` and `body` are lazy translations with `%(name)s` places, filled from `context` in the
    person's language. `url` is a page of ours, beginning with a slash.
    """
    written = send_many([person], kind, subject=subject, body=body, url=url, context=context)
    return written[0] if written else None


def send_many(
    people: Iterable["Person"],
    kind: str,
    *,
    subject: object,
    body: object,
    url: str = "",
    context: Mapping[str, Any] | None = None,
) -> list[Notice]:
    """Tell several people the same, each in their language; returns the notices written."""
    declared = REGISTRY[kind]
    present = {person.pk: person for person in people if person.is_active}
    wanted = wishes(present, declared)
    now = db_now()
    rows = []
    for key, person in present.items():
        wish = wanted[key]
        if not (wish.in_app or wish.mail or wish.feed):
            continue
        row = _written(person, subject, body, context or {})
        row.kind, row.url, row.created_at = kind, url[:500], now
        row.in_app, row.mail = wish.in_app, wish.mail
        row.rhythm, row.feed = wish.rhythm, wish.feed
        rows.append(row)
    Notice.objects.bulk_create(rows)
    for row in rows:
        if row.mail and row.rhythm == Rhythm.NOW:
            jobs.enqueue(MAIL, str(row.uuid), {"notice": str(row.uuid)}, priority=6)
    return rows


def wishes(people: Iterable[int], kind: Kind) -> dict[int, Wish]:
    """Return what each person (by id) wants to hear of a kind. One query."""
    keys = list(people)
    found = {key: Wish(True, kind.default_mail) for key in keys}
    if not kind.mandatory:
        rows = NoticeChoice.objects.filter(person__in=keys, kind=kind.name)
        found |= {row.person_id: Wish.of(row) for row in rows}
    return found


def _written(person: "Person", subject: object, body: object, context: Mapping[str, Any]) -> Notice:
    language = person.language or settings.LANGUAGE_CODE
    with translation.override(language):
        said = {name: str(value) for name, value in context.items()}
        head, text = str(subject), str(body)
        if said:
            head, text = head % said, text % said
    head = " ".join(head.split())[:LONGEST_SUBJECT]
    return Notice(person=person, language=language, subject=head, body=text.rstrip())
