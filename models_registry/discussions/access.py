"""Who may do what to a discussion and to what is said in it.

| verb | owner, maintainer, colleague | author | member (signed in) | anyone |
|---|---|---|---|---|
| see | as the repo | as the repo | where public | where public |
| comment | yes | yes | where public | no |
| change (title, state) | yes | yes | no | no |
| merge | yes | no | no | no |

A comment is edited by its author alone, and hidden by its author or by those who may write.
"""

from models_registry.access import COLLEAGUE, GUEST, MAINTAINER, OWNER, VISITOR, roles
from models_registry.models import Discussion, DiscussionEntry
from portal.access import Table, contribute
from portal.people.models import Person

AUTHOR = "author"
_INSIDE = frozenset({OWNER, MAINTAINER, COLLEAGUE})


def of_discussion(person: Person | None, discussion: Discussion) -> set[str]:
    """An author who may not see the repo any more is nothing to its discussions either."""
    found = roles(person, discussion.repo)
    if found and person is not None and discussion.author_id == person.pk:
        found.add(AUTHOR)
    return found


def of_entry(person: Person | None, entry: DiscussionEntry) -> set[str]:
    found = roles(person, entry.discussion.repo)
    if found and person is not None and entry.author_id == person.pk:
        found.add(AUTHOR)
    return found


DISCUSSION = Table(
    kind=Discussion,
    roles=of_discussion,
    verbs={
        "see": _INSIDE | {VISITOR},
        "comment": _INSIDE | {GUEST},
        "change": _INSIDE | {AUTHOR},
        "merge": _INSIDE,
    },
    scopes={"see": "read"},
    keys=lambda discussion: (discussion.repo.full_name, discussion.repo.namespace.name),
)
contribute(DISCUSSION)

ENTRY = Table(
    kind=DiscussionEntry,
    roles=of_entry,
    verbs={"see": _INSIDE | {VISITOR}, "edit": frozenset({AUTHOR}), "hide": _INSIDE | {AUTHOR}},
    scopes={"see": "read"},
    keys=lambda entry: (
        entry.discussion.repo.full_name,
        entry.discussion.repo.namespace.name,
    ),
)
contribute(ENTRY)
