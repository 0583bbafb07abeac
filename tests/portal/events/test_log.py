"""The log as a whole: events become leaves, heads are signed, tampering is named."""

import datetime as dt
import hashlib
import json
import re
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from portal import events
from portal.clock import db_now, shifted
from portal.events import fleeting, keys, merkle, notes, sequencer, tree, verification
from portal.events.models import (
    Event,
    EventDetail,
    LogHead,
    LogKey,
    LogLeaf,
    LogNode,
    LogPending,
)
from portal.triggers import REGISTRY
from tests.factories import PASSWORD, EventFactory

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def _own_secrets(settings, tmp_path):
    """Each test's log has a key of its own."""
    settings.SECRETS_DIR = tmp_path / "secrets"


def tampered(sql: str, *values: object) -> None:
    """Change rows as somebody with the database's password would: triggers first switched off."""
    with connection.cursor() as cursor:
        for trigger in REGISTRY.values():
            if trigger.event == "TRUNCATE" or not trigger.table.startswith("portal_"):
                continue
            of = f' ON "{trigger.table}"' if connection.vendor == "postgresql" else ""
            cursor.execute(f'DROP TRIGGER IF EXISTS "{trigger.name}"{of}')
        cursor.execute(sql, values)


def findings() -> list[str]:
    return verification.verify().findings


def logged(count: int) -> list[Event]:
    made = EventFactory.create_batch(count)
    sequencer.sequence()
    return made


# --- recording ----------------------------------------------------------------------------------
def test_a_details_commitment_is_salted_and_the_body_is_public(db, maker):
    event = events.record(
        "portal:thing:made", actor=maker, subject="thing:1", details={"ip": "192.0.2.1"}
    )
    salt = event.detail.salt
    opened = salt.encode() + b'{"ip":"192.0.2.1"}'
    assert event.detail_commitment == hashlib.sha256(opened).hexdigest()
    assert b"192.0.2.1" not in tree.leaf_bytes(event)


@pytest.mark.parametrize("value", [float("nan"), 1e16, "a\x00b", "\ud800", object(), {1: 2}])
def test_a_value_no_database_gives_back_is_refused(db, value):
    with pytest.raises((ValueError, TypeError)):
        events.record("portal:thing:made", body={"value": value})


def test_bodies_come_back_from_the_database_as_they_were_hashed(db):
    body = {
        "a": [1, 2.5, 1e-7, -0.0, 1000.0, 123456789.123],
        "ü": {"z": None, "y": True, "x": "微"},
    }
    event = events.record("portal:thing:made", body=body)
    before = tree.leaf_bytes(event)
    assert tree.leaf_bytes(Event.objects.get(pk=event.pk)) == before


@pytest.mark.parametrize("model", [Event, LogLeaf, LogNode, LogHead])
def test_the_database_refuses_to_change_or_delete_what_was_logged(db, model):
    logged(3)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.all().delete()
    name = next(field.name for field in model._meta.concrete_fields if not field.primary_key)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.update(**{name: model.objects.values_list(name, flat=True).first()})


def test_the_database_refuses_to_lose_a_waiting_event(db):
    EventFactory()
    with pytest.raises(DatabaseError, match="only by becoming a leaf"), transaction.atomic():
        LogPending.objects.all().delete()


# --- sequencing ---------------------------------------------------------------------------------
def test_events_become_leaves_and_the_head_is_signed(db):
    made = logged(5) + logged(6)
    head = LogHead.objects.get(size=11)
    digests = [merkle.leaf_hash(tree.leaf_bytes(event)) for event in made]
    naive = merkle.root(11, merkle.grow(0, {}, digests))
    assert bytes(head.root) == naive == tree.root(11)
    assert not LogPending.objects.exists()
    assert findings() == []


def test_nothing_new_signs_nothing_new(db):
    logged(3)
    assert sequencer.sequence() is None
    assert LogHead.objects.count() == 1


def test_a_rolled_back_event_leaves_no_trace(committed_db):
    with pytest.raises(RuntimeError), transaction.atomic():
        EventFactory()
        raise RuntimeError
    assert sequencer.sequence() is None
    assert not LogPending.objects.exists()


def test_an_event_committed_late_with_a_lower_id_is_not_lost(committed_db):
    """The late deed takes its id, then others commit and are sequenced, then it commits."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: a later id cannot be committed first")
    wrote, may_commit = threading.Event(), threading.Event()
    late: list[Event] = []

    def slow_deed() -> None:
        with transaction.atomic():
            late.append(EventFactory(subject="thing:late"))
            wrote.set()
            may_commit.wait(20)
        connection.close()

    thread = threading.Thread(target=slow_deed)
    thread.start()
    wrote.wait(20)
    others = logged(3)
    assert all(event.pk > late[0].pk for event in others)
    assert tree.size() == 3
    may_commit.set()
    thread.join()
    sequencer.sequence()
    assert LogLeaf.objects.get(event=late[0]).index == 3
    assert findings() == []


def test_two_sequencers_at_once_make_one_tree(committed_db):
    EventFactory.create_batch(40)
    keys.current()
    barrier = threading.Barrier(4)

    def run() -> None:
        barrier.wait()
        while sequencer.append_pending(limit=3):
            pass
        sequencer.sign_head()
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(LogLeaf.objects.order_by("index").values_list("index", flat=True)) == list(
        range(40)
    )
    assert findings() == []


def test_no_head_is_signed_over_a_rewritten_tree(db):
    logged(4)
    EventFactory()
    tampered("UPDATE portal_lognode SET digest = %s WHERE position = 3", bytes(32))
    sequencer.append_pending()
    with pytest.raises(sequencer.LogBroken, match="verify_log"):
        sequencer.sign_head()


# --- verification -------------------------------------------------------------------------------
def test_a_changed_event_is_named(db):
    made = logged(6)
    tampered("UPDATE portal_event SET subject = 'thing:other' WHERE id = %s", made[2].pk)
    assert any(f"event {made[2].pk} (leaf 2" in line and "changed" in line for line in findings())


def test_a_deleted_event_is_named(db):
    made = logged(6)
    tampered("DELETE FROM portal_event WHERE id = %s", made[4].pk)
    assert findings() == [f"event {made[4].pk} (leaf 4): deleted"]


def test_a_deleted_leaf_and_the_event_left_out_are_named(db):
    made = logged(6)
    tampered("DELETE FROM portal_logleaf WHERE event_id = %s", made[1].pk)
    said = "\n".join(findings())
    assert "leaves 1 to 1: deleted" in said
    assert f"event {made[1].pk} ({made[1].kind}): left out" in said


def test_an_event_and_its_leaf_changed_together_are_found_under_a_stored_node(db):
    made = logged(6)
    tampered("UPDATE portal_event SET subject = 'thing:other' WHERE id = %s", made[2].pk)
    forged = merkle.leaf_hash(tree.leaf_bytes(Event.objects.get(pk=made[2].pk)))
    tampered("UPDATE portal_logleaf SET digest = %s WHERE event_id = %s", forged, made[2].pk)
    assert any("leaves 2 to 3" in line for line in findings())


def test_a_tree_rewritten_as_a_whole_is_found_by_its_signed_heads(db):
    logged(4)
    made = logged(4)
    tampered("UPDATE portal_event SET subject = 'thing:other' WHERE id = %s", made[1].pk)
    everything = list(Event.objects.order_by("leaf__index"))
    digests = [merkle.leaf_hash(tree.leaf_bytes(event)) for event in everything]
    for (level, index), digest in merkle.grow(0, {}, digests).items():
        table, column, key = ("lognode", "position", LogNode.place(level, index))
        if level == 0:
            table, column, key = ("logleaf", '"index"', index)
        tampered(f"UPDATE portal_{table} SET digest = %s WHERE {column} = %s", digest, key)
    assert any("leaves 4 to 7 hold what was changed or forged" in line for line in findings())


def test_a_forged_head_is_named(db):
    logged(4)
    head = LogHead.objects.get()
    tampered("UPDATE portal_loghead SET signature = %s", "00" * 64)
    assert any(f"head {head.pk} of 4 leaves: forged" in line for line in findings())


def test_a_head_kept_elsewhere_finds_a_log_that_was_cut(db):
    logged(4)
    kept = notes.parse(LogHead.objects.get().note)
    assert verification.verify(kept).findings == []
    tampered("DELETE FROM portal_loghead")
    tampered("DELETE FROM portal_lognode WHERE position > 1")
    tampered('DELETE FROM portal_logleaf WHERE "index" > 1')
    tampered("DELETE FROM portal_event WHERE id NOT IN (SELECT event_id FROM portal_logleaf)")
    said = verification.verify(kept).findings
    assert any("the head kept elsewhere" in line for line in said)


def test_the_command_names_the_row_and_fails(db):
    made = logged(3)
    out = StringIO()
    call_command("verify_log", stdout=out)
    assert "The log is sound." in out.getvalue()
    tampered("UPDATE portal_event SET kind = 'portal:thing:undone' WHERE id = %s", made[0].pk)
    with pytest.raises(CommandError, match="not sound"):
        call_command("verify_log", stdout=out)
    assert f"event {made[0].pk} (leaf 0, portal:thing:undone): changed" in out.getvalue()


# --- erasure ------------------------------------------------------------------------------------
def test_erasing_details_keeps_the_leaf_valid(db, admin):
    event = events.record("portal:thing:made", subject="thing:1", details={"name": "somebody"})
    sequencer.sequence()
    assert events.erase(event, by=admin)
    sequencer.sequence()
    assert not EventDetail.objects.exists()
    assert findings() == []


def test_details_that_vanish_or_change_are_named(db):
    first, second = (
        events.record("portal:thing:made", details={"name": name}) for name in ("one", "two")
    )
    tampered(
        'UPDATE portal_eventdetail SET details = \'{"name": "x"}\' WHERE event_id = %s', first.pk
    )
    tampered("DELETE FROM portal_eventdetail WHERE event_id = %s", second.pk)
    assert findings() == [
        f"details of event {first.pk}: changed, their commitment is another",
        f"details of event {second.pk}: deleted without a recorded erasure",
    ]


# --- keys ---------------------------------------------------------------------------------------
def test_a_new_key_is_endorsed_by_the_one_before(db):
    logged(3)
    old = keys.current()
    call_command("rotate_log_key", stdout=StringIO())
    new = keys.current()
    assert new.pk != old.pk
    assert new.endorsed_by == old
    assert LogHead.objects.filter(key=new, size=4).exists()
    assert findings() == []


def test_a_rotation_is_an_event_signed_by_both_keys(db):
    logged(1)
    old, new = keys.current(), keys.rotate()
    body = Event.objects.get(kind=keys.ROTATED).body
    statement = keys.succession_text(old.verifier, new.verifier)
    assert set(body["signatures"]) == {old.key_id, new.key_id}
    assert all(keys.verifies(key, statement, body["signatures"][key.key_id]) for key in (old, new))


@pytest.mark.parametrize("signer", [0, 1])
def test_a_rotation_that_one_of_its_keys_did_not_sign_is_named(db, signer):
    logged(1)
    pair = (keys.current(), keys.rotate())
    event = Event.objects.get(kind=keys.ROTATED)
    event.body["signatures"][pair[signer].key_id] = "00" * 64
    tampered("UPDATE portal_event SET body = %s WHERE id = %s", json.dumps(event.body), event.pk)
    wanted = f"event {event.pk} ({keys.ROTATED}): not signed by the key {pair[signer].verifier}"
    assert wanted in findings()


def test_a_key_that_no_event_introduces_is_named(db):
    logged(1)
    slipped = keys._make(endorsed_by=keys.current(), is_current=False)
    assert f"key {slipped.key_id[:16]}: forged, no event of the log introduces it" in findings()


def test_a_forged_endorsement_is_named(db):
    logged(1)
    keys.rotate()
    tampered("UPDATE portal_logkey SET endorsement = %s WHERE is_current", "00" * 64)
    assert any("endorsement is not by the key before it" in line for line in findings())


def test_a_lost_key_stops_signing_and_loses_no_leaf(db):
    logged(2)
    keys.key_file(keys.current().key_id).unlink()
    EventFactory()
    with pytest.raises(keys.KeyLost):
        sequencer.sequence()
    assert tree.size() == 3
    with pytest.raises(CommandError):
        call_command("rotate_log_key", stdout=StringIO())
    call_command("rotate_log_key", lost=True, stdout=StringIO())
    assert LogKey.objects.get(is_current=True).endorsed_by is None
    assert findings() == []


def test_the_key_is_a_private_file_outside_the_database(db):
    path = keys.key_file(keys.current().key_id)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


# --- fleeting events ----------------------------------------------------------------------------
def test_a_sign_in_is_in_the_log_and_the_log_does_not_say_whose(client, maker):
    client.post("/accounts/login/", {"login": "maker", "password": PASSWORD})
    event = Event.objects.get(kind="portal:person:signed-in")
    told = tree.leaf_bytes(event).decode()
    assert not {maker.username, maker.opaque} & set(re.findall(r"\w+", told))
    assert event.actor is None
    assert list(fleeting.of(maker)) == [event]
    assert event.kind not in client.get("/log").content.decode()
    assert event.kind in client.get(f"/log?kind={event.kind}").content.decode()


def test_whose_sign_in_it_was_is_forgotten_after_a_while_and_the_log_stays_sound(client, maker):
    client.post("/accounts/login/", {"login": "maker", "password": PASSWORD})
    before = Event.objects.count()
    sequencer.sequence()
    assert fleeting.forget_before(db_now() - fleeting.KEPT) == 0
    with shifted(fleeting.KEPT + dt.timedelta(minutes=1)):
        assert fleeting.forget_before(db_now() - fleeting.KEPT) == 1
    assert not fleeting.of(maker).exists()
    assert Event.objects.count() == before
    assert findings() == []


def test_a_wrong_password_leaves_nothing_in_the_log(client, maker):
    before = Event.objects.count()
    client.post("/accounts/login/", {"login": "maker", "password": "wrong"})
    assert Event.objects.count() == before
