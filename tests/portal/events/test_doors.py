"""The log's pages and API: everything a stranger needs to check it."""

import base64
import html

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from portal.events import keys, merkle, sequencer
from portal.events.models import Event, LogKey
from tests.factories import EventFactory


@pytest.fixture
def log(db, settings, tmp_path):
    settings.SECRETS_DIR = tmp_path / "secrets"
    made = EventFactory.create_batch(5)
    sequencer.sequence()
    made += EventFactory.create_batch(6)
    sequencer.sequence()
    return made


def got(client, address: str, **query: object):
    answer = client.get(f"/api/v1/log/{address}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_stranger_verifies_an_event_from_the_published_key_alone(client, log):
    head, key = got(client, "head"), got(client, "keys")["keys"][0]
    text, _, line = head["note"].partition("\n\n")
    public = base64.b64decode(key["verifier"].split("+", 2)[2])[1:]
    signature = base64.b64decode(line.split(" ")[2])[4:]
    Ed25519PublicKey.from_public_bytes(public).verify(signature, f"{text}\n".encode())
    root = base64.b64decode(text.split("\n")[2])

    entry = got(client, "entries", start=3, limit=1)["entries"][0]
    leaf = merkle.leaf_hash(entry["leaf"].encode())
    proof = got(client, "proof/inclusion", event=entry["uuid"], size=head["size"])
    path = [bytes.fromhex(digest) for digest in proof["proof"]]
    assert merkle.proves_inclusion(leaf, 3, 11, path, root)


def test_a_stranger_verifies_that_the_log_only_grew(client, log):
    said = got(client, "proof/consistency", **{"from": 5, "to": 11})
    path = [bytes.fromhex(digest) for digest in said["proof"]]
    roots = bytes.fromhex(said["from_root"]), bytes.fromhex(said["to_root"])
    assert merkle.proves_consistency(5, 11, *roots, path)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("proof/inclusion?index=-1", 400),
        ("proof/inclusion?index=x", 400),
        ("proof/inclusion", 400),
        ("proof/inclusion?index=99", 404),
        ("proof/inclusion?index=1&size=99", 404),
        ("proof/inclusion?index=1&size=1", 404),
        ("proof/inclusion?event=nonsense", 404),
        ("proof/consistency?from=0&to=5", 400),
        ("proof/consistency?from=7&to=5", 400),
        ("proof/consistency?from=1&to=99", 404),
        ("proof/consistency?from=" + "9" * 40, 400),
        ("entries?start=" + "٣", 400),
    ],
)
def test_a_bad_question_gets_a_clear_refusal(client, log, address, status):
    answer = client.get(f"/api/v1/log/{address}")
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("address", ["head", "entries", "proof/inclusion", "keys"])
def test_nobody_writes_the_log_by_api(client, log, sign_in, admin, method, address):
    answer = getattr(sign_in(admin), method)(f"/api/v1/log/{address}", secure=False)
    assert answer.status_code == 405


def test_an_empty_log_has_no_head(client, db):
    assert client.get("/api/v1/log/head").status_code == 404
    assert client.get("/log").status_code == 200


def test_the_page_lists_and_filters(client, log):
    page = client.get("/log", {"subject": log[4].subject})
    assert log[4].subject in page.content.decode()
    assert log[3].subject + "<" not in page.content.decode()


def test_an_events_page_shows_its_proof(client, log):
    page = client.get(f"/log/{log[3].uuid}").content.decode()
    path = client.get("/api/v1/log/proof/inclusion", {"index": 3}).json()["proof"]
    assert "\n".join(path) in page


def test_the_history_of_keys_is_a_page(client, log, django_assert_max_num_queries):
    first = keys.current()
    keys.rotate()
    lost = keys.rotate(lost=True)
    with django_assert_max_num_queries(8):
        page = client.get("/log/keys").content.decode()
    for key in LogKey.objects.all():
        assert html.escape(key.verifier) in page
    events = [f'href="/log/{e.uuid}"' in page for e in Event.objects.filter(kind=keys.ROTATED)]
    assert events == [True, True]
    assert "it is the first" in page and "the key before it was lost" in page
    assert first.key_id[:16] in page and page.index(lost.key_id[:16]) < page.index(
        first.key_id[:16]
    )


def test_a_portal_without_any_event_has_a_page_of_keys(client, db):
    assert "There is no key yet" in client.get("/log/keys").content.decode()


def test_an_event_that_waits_says_so(client, log):
    page = client.get(f"/log/{EventFactory().uuid}").content.decode()
    assert "It waits for the sequencer" in page


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_list_stays_within_eight_queries(client, log, language, django_assert_max_num_queries):
    EventFactory.create_batch(40)
    with django_assert_max_num_queries(8):
        client.get("/log", headers={"accept-language": language})


def test_older_events_follow(client, log):
    EventFactory.create_batch(40)
    first = client.get("/log").context
    assert first["older"]
    second = client.get("/log", {"after": first["older"]}).context["events"]
    assert second[0].pk < first["events"][-1].pk
