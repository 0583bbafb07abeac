"""What a deed needs: people with browsers, tokens and repos; and the list of deeds itself.

A module `deeds_of_*.py` beside this one holds the deeds of an app or a room:

    @deed("POST portal.tokens.views.new", "portal:token:created")
    def make_a_token(world: World):
        return world.browser("maker").post("/settings/tokens/new", {...})

Everything but the last request belongs to the preparation: `world.begin()` stands before it where
the preparation itself records the same kind of event.
"""

import datetime as dt
import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.test import Client

from portal import tokens
from portal.clock import shifted
from portal.events.models import Event
from portal.organisations import room
from portal.organisations.models import Organisation
from portal.people.models import Person
from tests.factories import PASSWORD, PersonFactory, make_repo
from tests.support.wsgi import Answer, hub_request


@dataclass(frozen=True)
class Deed:
    """One deed at a door, and the kind of event it must leave."""

    kind: str
    do: Callable[["World"], Any]


DEEDS: dict[str, Deed] = {}
SILENT: dict[str, str] = {}  # door -> why it records nothing


def deed(door: str, kind: str) -> Callable[[Callable[["World"], Any]], Callable[["World"], Any]]:
    def told(do: Callable[["World"], Any]) -> Callable[["World"], Any]:
        assert door not in DEEDS, door
        DEEDS[door] = Deed(kind, do)
        return do

    return told


def silent(reason: str, *doors: str) -> None:
    """Say why nothing is recorded at these doors."""
    SILENT.update(dict.fromkeys(doors, reason))


class World(ExitStack):
    """The people of one test and what is theirs, made when they are first asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, Person] = {}
        self.last_before = 0

    def begin(self) -> None:
        """What follows is the deed: only events from here on count."""
        newest = Event.objects.order_by("-pk").first()
        self.last_before = newest.pk if newest else 0

    def days(self, number: float) -> None:
        """Move the clock on; it stays moved until the test ends."""
        self.enter_context(shifted(dt.timedelta(days=number)))

    def recorded(self) -> set[str]:
        return set(Event.objects.filter(pk__gt=self.last_before).values_list("kind", flat=True))

    def person(self, name: str = "maker", **fields: Any) -> Person:
        if name not in self.people:
            self.people[name] = PersonFactory(username=name, **fields)
        return self.people[name]

    def browser(self, name: str = "maker", **fields: Any) -> Client:
        """A browser in which this person is signed in."""
        client = Client()
        client.force_login(
            self.person(name, **fields), backend="django.contrib.auth.backends.ModelBackend"
        )
        return client

    def signed_in(self, name: str = "maker") -> Client:
        """A browser in which this person has just given their password."""
        client, person = Client(), self.person(name)
        client.post("/accounts/login/", {"login": person.username, "password": PASSWORD})
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        assert client.session["account_authentication_methods"][-1]["reauthenticated"]
        return client

    def api(self, method: str, address: str, body: Any, name: str = "maker") -> Any:
        return self.browser(name).generic(
            method, address, json.dumps(body), content_type="application/json"
        )

    def hub(self, method: str, address: str, body: Any = None, name: str = "maker") -> Answer:
        _token, secret = tokens.issue(self.person(name), name="of the deed", role="write")
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = "application/x-ndjson" if isinstance(body, bytes) else "application/json"
        self.begin()
        return hub_request(method, address, token=secret, body=sent, content_type=kind)

    @cached_property
    def repo(self) -> Any:
        """`maker/tiny`, a public model with one small file."""
        return make_repo(self.person("maker"), "tiny", files={"config.json": b"{}"})

    @cached_property
    def organisation(self) -> Organisation:
        """`circle`, owned by maker."""
        return room.create(handle="circle", by=self.person("maker"))

    def invited(self, name: str = "voter") -> Person:
        person = self.person(name)
        room.invite(self.organisation, by=self.person("maker"), handle=name, role="member")
        return person

    def member(self, name: str = "voter") -> Person:
        person = self.invited(name)
        room.answer(self.organisation, by=person, join=True)
        return person
