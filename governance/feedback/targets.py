"""What feedback can be about. Apps above contribute the kinds they own (repos, benchmarks)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from governance.feedback.models import FeedbackThread, Target
from portal.errors import Invalid

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.people.models import Person

Find = Callable[[str, "Person | None"], str]
Keepers = Callable[[str], "list[Person]"]
Public = Callable[[Iterable[str]], set[str]]


@dataclass(frozen=True)
class Source:
    """`find(name, person)` returns the name as it is kept, "" if the person may not see it;
    `public(names)` those of kept names that anybody may see now, in one query at most."""

    find: Find
    keepers: Keepers
    url: Callable[[str], str]
    public: Public


SOURCES: dict[str, Source] = {}


class NothingThere(Invalid):
    code = "NothingThere"
    default = _("There is nothing of this name to give feedback on.")


def provide(
    about: str, *, find: Find, keepers: Keepers, url: Callable[[str], str], public: Public = set
) -> None:
    """Register how feedback of a kind finds its object and who looks after it."""
    SOURCES[about] = Source(find, keepers, url, public)


def resolve(about: str, target: str, person: "Person | None") -> str:
    """Return the target's name as it is kept; raises `NothingThere`."""
    if about == Target.FREE:
        return ""
    source = SOURCES.get(about)
    name = source.find(target.strip(), person) if source and target.strip() else ""
    if not name:
        raise NothingThere
    return name


def maintainers(about: str, target: str) -> "list[Person]":
    source = SOURCES.get(about)
    return source.keepers(target) if source else []


def url_of(about: str, target: str) -> str:
    source = SOURCES.get(about)
    return source.url(target) if source else ""


def public(wanted: "set[tuple[str, str]]") -> "set[tuple[str, str]]":
    """Return those of `(kind, name)` that anybody may see now; a query for each kind at most."""
    found = {pair for pair in wanted if pair[0] == Target.FREE}
    for about, source in SOURCES.items():
        names = {name for kind, name in wanted if kind == about}
        found |= {(about, name) for name in (source.public(names) if names else ())}
    return found


def narrowed(wanted: Mapping[str, str]) -> "QuerySet[FeedbackThread]":
    """Return the threads of an object, a kind, a state; none by a name that is not public now."""
    found = FeedbackThread.objects.filter(**wanted)
    if "target" in wanted:
        seen = public({(about, wanted["target"]) for about in SOURCES})
        found = found.filter(about__in=[about for about, _name in seen])
    return found


def hide(threads: "Iterable[FeedbackThread]") -> None:
    """Take from threads in memory the names that not everybody may see any more."""
    threads = list(threads)
    seen = public({(thread.about, thread.target) for thread in threads})
    for thread in threads:
        if (thread.about, thread.target) not in seen:
            thread.target = ""


def offered() -> list[str]:
    return [Target.FREE.value, *sorted(SOURCES)]


def _clause(name: str, person: "Person | None") -> str:
    from governance import norms

    found = norms.current().clause(name)
    return found.id if found else ""


def _licence(name: str, person: "Person | None") -> str:
    from portal.licences.models import Licence

    return name if Licence.objects.filter(slug=name).exists() else ""


def nobody(target: str) -> "list[Person]":
    return []


provide(Target.CLAUSE, find=_clause, keepers=nobody, url=lambda name: f"/norms#{name}")
provide(Target.LICENCE, find=_licence, keepers=nobody, url=lambda name: f"/licences/{name}/")
