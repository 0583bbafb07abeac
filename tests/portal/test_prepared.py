"""Prepared queries answer what the query itself answers, each time anew."""

import datetime as dt
from threading import Thread

import pytest
from django.db import connection
from django.db.models import Value

from portal import clock
from portal.clock import DbNow
from portal.people.models import Namespace, Person
from portal.prepared import Prepared, PreparedUpdate

pytestmark = pytest.mark.db

BY_HANDLE = Prepared(
    lambda handle: Namespace.objects.select_related("person").filter(person__username=handle),
    handle=str,
)


def test_rows_are_what_the_query_gives(maker: Person, voter: Person) -> None:
    for person in (maker, voter):
        (found,) = BY_HANDLE.all(handle=person.username)
        assert found == Namespace.objects.get(person=person)
        assert found.person is not None
        assert vars(found.person).keys() == vars(person).keys()
        assert found.person.date_joined == Person.objects.get(pk=person.pk).date_joined


def test_a_change_is_seen_at_once(maker: Person) -> None:
    assert BY_HANDLE.first(handle="maker") is not None
    Person.objects.filter(pk=maker.pk).update(language="zh-hans")
    found = BY_HANDLE.first(handle="maker")
    assert found is not None and found.person is not None
    assert found.person.language == "zh-hans"
    assert BY_HANDLE.first(handle="nobody") is None
    assert BY_HANDLE.all(handle="' OR 1=1 --%s%%") == []


@pytest.mark.parametrize("text", ["it's 100 %", "%s", "%%s", "a\\'b", "“zitiert”"])
def test_constants_arrive_as_they_are(maker: Person, text: str) -> None:
    said = Prepared(
        lambda pk: Person.objects.filter(pk=pk).exclude(bio=text).annotate(said=Value(text)), pk=int
    )
    assert [person.said for person in said.all(pk=maker.pk)] == [text]  # type: ignore[attr-defined]
    Person.objects.filter(pk=maker.pk).update(bio=text)
    assert said.all(pk=maker.pk) == []


def test_the_clock_can_be_shifted(maker: Person) -> None:
    young = Prepared(lambda pk: Person.objects.filter(pk=pk).annotate(now=DbNow()), pk=int)

    def now() -> dt.datetime:
        return young.all(pk=maker.pk)[0].now  # type: ignore[attr-defined]

    before = now()
    with clock.shifted(dt.timedelta(days=3)):
        assert now() - before > dt.timedelta(days=2)
    assert now() - before < dt.timedelta(days=1)


def test_threads_share_the_statement_and_not_the_connection(maker: Person) -> None:
    """What is read with the connection of another thread is refused by Django."""
    assert BY_HANDLE.first(handle="maker") is not None
    statement, used = BY_HANDLE._kept[1], []

    def ask() -> None:
        try:
            BY_HANDLE.first(handle="maker")
            used.append((BY_HANDLE._kept[1], connection.connection))
        finally:
            connection.close()

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    ((same, other),) = used
    assert same is statement
    assert other is not connection.connection


@pytest.mark.django_db
def test_parameters_must_reach_the_database() -> None:
    shouted = Prepared(lambda handle: Person.objects.filter(username=handle.upper()), handle=str)
    with pytest.raises(ValueError, match="handle"):
        shouted.first(handle="maker")
    with pytest.raises(TypeError, match="handle"):
        BY_HANDLE.first(person="maker")


RENAME = PreparedUpdate(
    lambda handle, now: Person.objects.filter(username=handle, language=now),
    {"language": str},
    handle=str,
    now=str,
)


def test_an_update_changes_what_the_query_finds_and_names_it(maker: Person, voter: Person) -> None:
    assert RENAME.run(handle="maker", now=maker.language, language="xx") == [maker.pk]
    assert RENAME.run(handle="maker", now=maker.language, language="yy") == []
    assert set(Person.objects.filter(language="xx")) == {maker}
    with pytest.raises(TypeError, match="language"):
        RENAME.run(handle="maker", now="xx")


def test_an_update_obeys_the_clock_at_each_use(maker: Person) -> None:
    late = PreparedUpdate(
        lambda pk: Person.objects.filter(pk=pk, date_joined__lt=DbNow() - dt.timedelta(days=1)),
        {"bio": str},
        pk=int,
    )
    assert late.run(pk=maker.pk, bio="old") == []
    with clock.shifted(dt.timedelta(days=2)):
        assert late.run(pk=maker.pk, bio="old") == [maker.pk]
