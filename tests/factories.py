"""Rows for tests, each made in one place. An app's factories stand under its own heading."""

from functools import cache

import factory
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from factory.django import DjangoModelFactory

from portal.events.models import Event
from portal.organisations.models import Membership, Organisation, Role
from portal.people.models import Person

PASSWORD = "a long enough passphrase"


@cache
def hashed(password: str) -> str:
    """Return the real hash of `password`, worked out once a session: hashing is slow on purpose."""
    return make_password(password)


# --- portal -------------------------------------------------------------------------------------
class PersonFactory(DjangoModelFactory):
    """Somebody who can sign in with `PASSWORD`; the e-mail address is verified."""

    class Meta:
        model = Person
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda person: f"{person.username}@example.org")
    password = factory.LazyFunction(lambda: hashed(PASSWORD))

    @factory.post_generation
    def verified(self, create: bool, extracted: bool | None, **kwargs: object) -> None:
        if create:
            EmailAddress.objects.create(
                user=self, email=self.email, primary=True, verified=extracted is not False
            )


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    handle = factory.Sequence(lambda n: f"organisation{n}")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    organisation = factory.SubFactory(OrganisationFactory)
    person = factory.SubFactory(PersonFactory)
    role = Role.MEMBER


class EventFactory(DjangoModelFactory):
    """An event as a deed records it."""

    class Meta:
        model = Event

    kind = "portal:thing:created"
    subject = factory.Sequence(lambda n: f"thing:{n}")

    @classmethod
    def _create(cls, model_class: type[Event], *args: object, **kwargs: object) -> Event:
        from portal import events

        return events.record(kwargs.pop("kind"), **kwargs)


# --- models_registry ----------------------------------------------------------------------------
def make_repo(by: Person, name: str = "tiny", *, files: dict[str, bytes] | None = None, **fields):
    """Return a repo of `by` (or of `namespace=`) with a commit of `files` behind its first one."""
    from models_registry import repos, revisions

    namespace = fields.pop("namespace", None) or by.namespace
    gated = fields.pop("gated", "")
    repo = repos.create(by=by, namespace=namespace, name=name, **fields)
    if files:
        operations = [revisions.AddFile(path, content) for path, content in files.items()]
        revisions.commit(repo, author=by, operations=operations, summary="add files")
    return repos.settle(repo, {"gated": gated}, by=by) if gated else repo


def make_lfs(repo, by: Person, content: bytes):
    """Send `content` to `repo` as a large file and return the operation that links it."""
    from io import BytesIO

    from models_registry import revisions
    from models_registry.storage import store
    from models_registry.storage.ownership import own

    stored = store.receive(BytesIO(content))
    own(repo, stored, by=by, charged=repo.namespace)
    return lambda path: revisions.AddLfs(path, stored.sha256, stored.size)
