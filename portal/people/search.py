"""People and organisations as findable things: by handle, name and what they say of themselves."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from portal import search
from portal.organisations.models import Organisation
from portal.people.models import Person
from portal.search import Entry


def index_person(person: Person) -> None:
    """Write the entry of a person; somebody who is gone is not found."""
    if not person.is_active:
        search.remove("person", person.pk)
        return
    found = entry_of_person(person)
    search.index(found.kind, found.id, found.title, found.body, found.url)


def index_organisation(organisation: Organisation) -> None:
    found = entry_of_organisation(organisation)
    search.index(found.kind, found.id, found.title, found.body, found.url)


def entry_of_person(person: Person) -> Entry:
    title = " · ".join(filter(None, (person.display_name, person.username)))
    return Entry("person", str(person.pk), title, person.bio, person.get_absolute_url())


def entry_of_organisation(organisation: Organisation) -> Entry:
    title = " · ".join(filter(None, (organisation.display_name, organisation.handle)))
    about, url = organisation.about, f"/{organisation.handle}"
    return Entry("organisation", str(organisation.pk), title, about, url)


def people() -> Iterator[Entry]:
    return map(entry_of_person, Person.objects.filter(is_active=True).iterator(500))


def organisations() -> Iterator[Entry]:
    return map(entry_of_organisation, Organisation.objects.iterator(500))


search.contribute("person", _("People"), people, icon="user")
search.contribute("organisation", _("Organisations"), organisations, icon="users")
