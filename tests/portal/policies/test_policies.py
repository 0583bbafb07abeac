"""Settings that votes can change: bounds hold, history stays, pins are visible."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils.functional import Promise

from portal import policies
from portal.errors import Forbidden, Invalid, NotNow
from portal.events.models import Event
from portal.policies import BadValue, Policy, UnknownPolicy, changing, reading
from portal.policies.models import PolicyValue

pytestmark = pytest.mark.django_db
NAME = "registry.person_gigabytes"


def test_without_a_decision_the_default_is_in_force():
    assert policies.value(NAME) == policies.REGISTRY[NAME].default
    assert policies.in_force(NAME).is_default


def test_an_enactment_changes_the_value_and_is_in_the_log():
    changing.enact({NAME: 200}, cause="proposal:7", reason="More room.")
    assert policies.value(NAME) == 200
    event = Event.objects.get(kind="portal:policy:enacted")
    assert event.body["value"] == 200
    assert event.body["before"] == policies.REGISTRY[NAME].default


def test_an_enactment_is_all_or_nothing():
    with pytest.raises(BadValue):
        changing.enact(
            {NAME: 200, "registry.file_gigabytes": 10**9}, cause="proposal:7", reason="x"
        )
    assert not PolicyValue.objects.exists()
    assert policies.in_force(NAME).is_default


@pytest.mark.parametrize("value", [0, 100_001, "200", 1.5, True, None, [200]])
def test_no_value_out_of_bounds_or_of_another_kind(value, admin):
    with pytest.raises(BadValue):
        changing.enact({NAME: value}, cause="proposal:7", reason="x")
    with pytest.raises(BadValue):
        changing.pin(NAME, value, by=admin, reason="x")
    assert policies.in_force(NAME).is_default


def test_bounds_that_were_narrowed_later_hold_for_old_values(monkeypatch):
    changing.enact({NAME: 50_000}, cause="proposal:7", reason="x")
    narrow = Policy(name=NAME, kind="int", default=100, title="x", floor=1, ceiling=1000)
    monkeypatch.setitem(policies.REGISTRY, NAME, narrow)
    assert policies.value(NAME) == 1000


def test_a_pin_holds_over_enactments_until_it_is_released(admin):
    changing.enact({NAME: 200}, cause="proposal:7", reason="x")
    changing.pin(NAME, 20, by=admin, reason="The disk is full.")
    changing.enact({NAME: 300}, cause="proposal:8", reason="x")
    assert (policies.value(NAME), policies.in_force(NAME).is_pinned) == (20, True)
    changing.unpin(NAME, by=admin, reason="New disk.")
    assert policies.value(NAME) == 300
    with pytest.raises(NotNow):
        changing.unpin(NAME, by=admin, reason="again")


def test_only_operators_pin_and_they_say_why(admin, moderator, maker):
    for person in (moderator, maker):
        with pytest.raises(Forbidden):
            changing.pin(NAME, 20, by=person, reason="I want it.")
    with pytest.raises(Invalid):
        changing.pin(NAME, 20, by=admin, reason="  ")


def test_what_is_not_declared_is_unknown(client):
    with pytest.raises(UnknownPolicy):
        policies.value("nothing.here")
    assert client.get("/policies/nothing.here/").status_code == 404


def test_one_name_is_declared_once():
    with pytest.raises(ValueError, match="declared twice"):
        policies.declare(Policy(name=NAME, kind="int", default=1, title="other"))
    with pytest.raises(BadValue):
        policies.declare(Policy(name="test.bad", kind="int", default=1, title="x", floor=2))


@pytest.mark.db
@pytest.mark.parametrize(
    "change", ["UPDATE portal_policyvalue SET value = '1'", "DELETE FROM portal_policyvalue"]
)
def test_the_history_cannot_be_changed(change):
    changing.enact({NAME: 200}, cause="proposal:7", reason="x")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


# --- reading ------------------------------------------------------------------------------------
def test_many_reads_in_one_request_are_one_query(django_assert_num_queries):
    reading._begin()
    try:
        with django_assert_num_queries(1):
            for name in policies.REGISTRY:
                policies.value(name)
    finally:
        reading._end()


def test_a_change_is_seen_at_once_even_within_a_request():
    reading._begin()
    try:
        policies.value(NAME)
        changing.enact({NAME: 200}, cause="proposal:7", reason="x")
        assert policies.value(NAME) == 200
    finally:
        reading._end()


def test_outside_a_request_nothing_old_is_kept():
    policies.value(NAME)
    PolicyValue.objects.create(
        name=NAME,
        act="enacted",
        value=321,
        reason="another process",
        event=Event.objects.create(kind="x:y:z", at="2026-01-01T00:00Z"),
        set_at="2026-01-01T00:00Z",
    )
    assert policies.value(NAME) == 321


# --- doors --------------------------------------------------------------------------------------
def test_everybody_reads_the_settings_with_bounds_reasons_and_history(
    client, admin, django_assert_max_num_queries
):
    changing.enact({NAME: 200}, cause="proposal:7", reason="More room.")
    changing.pin(NAME, 20, by=admin, reason="The disk is full.")
    with django_assert_max_num_queries(8):
        body = client.get(reverse("policies")).content.decode()
    for said in (NAME, "20 GB", "1 – 100000", "The disk is full.", "More room."):
        assert said in body
    assert "The disk is full." in client.get(reverse("policy", args=[NAME])).content.decode()


def test_the_command_pins_and_releases(capsys):
    call_command("policy", "pin", NAME, "20", reason="The disk is full.")
    assert f"{NAME} = 20 (pinned)" in capsys.readouterr().out
    call_command("policy", "unpin", NAME, reason="New disk.")
    with pytest.raises(CommandError, match="between"):
        call_command("policy", "pin", NAME, "0", reason="x")
    with pytest.raises(CommandError):
        call_command("policy", "pin", NAME, "twenty", reason="x")


def test_what_the_page_says_of_each_can_be_translated():
    for policy in policies.REGISTRY.values():
        for text in (policy.title, policy.about, policy.unit):
            assert isinstance(text, Promise) or not re.search("[a-z]{2}", text), (policy.name, text)
