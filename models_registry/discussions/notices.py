"""Who is told of a new discussion and of what is said in it."""

from django.utils.translation import gettext_lazy as _

from models_registry.models import DiscussionEntry
from models_registry.models.discussions import EntryKind
from models_registry.watching import watchers
from portal import notices
from portal.access import Actor, decide
from portal.notices.models import Notice
from portal.people.models import Person

KIND = "discussion"
notices.declare(KIND, _("Discussions and pull requests of your repos, and those you take part in"))


def told_of(entry: DiscussionEntry) -> list[Person]:
    """Return who takes part, watches or owns the repo, but for who did it; each may see it."""
    discussion = entry.discussion
    parts = discussion.entries.exclude(author=None).values("author")
    people = {person.pk: person for person in Person.objects.filter(pk__in=parts)}
    owner = discussion.repo.namespace.person
    people |= {person.pk: person for person in watchers(discussion.repo)}
    people |= {owner.pk: owner} if owner else {}
    others = [person for person in people.values() if person.pk != entry.author_id]
    return [person for person in others if decide(Actor(person), "see", discussion.repo)]


def tell(entry: DiscussionEntry) -> list[Notice]:
    discussion = entry.discussion
    return notices.send_many(
        told_of(entry),
        KIND,
        subject=_("%(repo)s #%(number)s: %(title)s"),
        body=_sentence(entry),
        url=discussion.get_absolute_url(),
        context={
            "repo": discussion.repo.full_name,
            "number": discussion.number,
            "title": discussion.title,
            "who": entry.author.username if entry.author else "",
            "text": entry.text[:2000],
            "subject": str(entry.data.get("subject", "")),
        },
    )


def _sentence(entry: DiscussionEntry) -> object:
    if entry.kind == EntryKind.COMMENT:
        return _("%(who)s wrote:\n\n%(text)s")
    if entry.kind == EntryKind.COMMIT:
        return _("%(who)s added a commit: %(subject)s")
    return {
        "open": _("%(who)s opened it."),
        "draft": _("%(who)s made it a draft."),
        "closed": _("%(who)s closed it."),
        "merged": _("%(who)s merged it."),
    }[entry.data["status"]]


def entry_of(key: int) -> DiscussionEntry | None:
    rows = DiscussionEntry.objects.select_related(
        "author", "discussion__repo__namespace__person"
    ).filter(pk=key, hidden_at=None)
    return rows.first()
