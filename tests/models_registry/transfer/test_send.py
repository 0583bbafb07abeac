"""PUT of large files under signed addresses, from a real server: whole, in parts, and hostile."""

import datetime as dt
import hashlib
import json
import os
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from models_registry import uploads
from models_registry.models import Repo, RepoBlob, Upload
from models_registry.storage import Content, addresses, store
from models_registry.uploads import sessions
from portal.clock import db_now, shifted
from tests.factories import make_repo
from tests.models_registry.transfer.conftest import CONTENT, ask


def content_of(data: bytes) -> Content:
    return Content(hashlib.sha256(data).hexdigest(), len(data))


def offer(place, data: bytes, person=None, repo: Repo | None = None) -> str:
    """Return the address to send `data` to."""
    wanted = [content_of(data)]
    (found,) = uploads.offers(repo or place.repo, person or place.maker, wanted)
    assert found is not None
    return found.href


def owns(repo: Repo, data: bytes) -> bool:
    return RepoBlob.objects.filter(repo=repo, blob=content_of(data).sha256).exists()


def incoming() -> list[Path]:
    return [path for path in store.incoming.glob("*") if path.is_file()]


def test_a_put_makes_the_repo_the_owner(place) -> None:
    data = os.urandom(2_000_000)
    got = ask("PUT", offer(place, data), data)
    assert got.status == 200
    assert owns(place.repo, data)
    with store.open(content_of(data).sha256) as file:
        assert file.read() == data
    assert uploads.offers(place.repo, place.maker, [content_of(data)]) == [None]


def test_chunked_bodies_are_taken_too(place) -> None:
    data = os.urandom(700_000)
    chunks = [data[n : n + 100_000] for n in range(0, len(data), 100_000)]
    assert ask("PUT", offer(place, data), iter(chunks)).status == 200
    assert owns(place.repo, data)


def test_an_empty_file_can_be_sent(place) -> None:
    (found,) = uploads.offers(place.repo, place.maker, [content_of(b"")])
    if found is not None:
        assert ask("PUT", found.href, b"").status == 200
    assert owns(place.repo, b"")


@pytest.mark.parametrize("sent", [b"other bytes!", b"", b"x", b"x" * 5000])
def test_other_bytes_than_announced_are_refused_and_nothing_is_stored(place, sent) -> None:
    data = os.urandom(12)
    before = incoming()
    assert ask("PUT", offer(place, data), sent).status == 400
    assert not owns(place.repo, data)
    assert not store.has(content_of(data).sha256)
    assert not store.has(content_of(sent).sha256) or sent == b""
    assert incoming() == before


def test_junk_on_known_bytes_leaves_them_intact(place, address) -> None:
    """Another repo has these bytes; a stranger who knows their hash gets a PUT like for any."""
    mine = make_repo(place.outsider, f"junk{Repo.objects.count()}")
    url = offer(place, CONTENT, place.outsider, mine)
    unknown = offer(place, os.urandom(len(CONTENT)), place.outsider, mine)
    assert url.split("/")[:4] == unknown.split("/")[:4]
    junk = b"\0" * len(CONTENT)
    assert ask("PUT", url, junk).status == 400
    assert not owns(mine, CONTENT)
    assert ask("GET", address(place.maker)).body == CONTENT


def test_a_late_put_changes_nothing(place, address) -> None:
    data = os.urandom(5000)
    url = offer(place, data)
    assert ask("PUT", url, data).status == 200
    assert ask("PUT", url, os.urandom(5000)).status == 400
    assert ask("PUT", url, data).status == 200
    with store.open(content_of(data).sha256) as file:
        assert file.read() == data


@pytest.mark.parametrize(
    ("oid", "size"),
    [
        ("0" * 64, -1),
        ("0" * 64, 2**63),
        ("0" * 64, True),
        ("0" * 64, "5"),
        ("0" * 63, 5),
        ("G" * 64, 5),
        ("../" * 21 + "x", 5),
        (None, 5),
    ],
)
def test_hashes_and_sizes_that_cannot_be_are_refused(oid, size) -> None:
    from portal.errors import Invalid

    with pytest.raises(Invalid):
        uploads.check_announced(oid, size)


def test_an_upload_that_breaks_off_leaves_nothing(place) -> None:
    data = os.urandom(1_000_000)
    before = incoming()
    parts = urlsplit(offer(place, data))
    with socket.create_connection((parts.hostname, parts.port)) as line:
        line.sendall(
            f"PUT {parts.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n".encode()
            + data[:500_000]
        )
    deadline = time.monotonic() + 20
    while incoming() != before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert incoming() == before
    assert not owns(place.repo, data)
    assert ask("PUT", offer(place, data), data).status == 200


def test_an_upload_address_is_for_nothing_else(place) -> None:
    data = os.urandom(100)
    url = offer(place, data)
    head, signed = url.rsplit("/", 1)
    for method in ("GET", "HEAD", "DELETE", "POST"):
        assert ask(method, url).status == 405
    for wrong in (signed[:-1], "x" + signed, signed.split(":")[0]):
        assert ask("PUT", f"{head}/{wrong}", data).status == 403
    assert ask("PUT", url.replace("/uploads/", "/content/") + "/x", data).status in (403, 405)
    assert not owns(place.repo, data)


@pytest.mark.db
def test_an_address_lives_five_minutes_from_the_last_byte(place) -> None:
    data = os.urandom(100)
    with shifted(-dt.timedelta(minutes=5, seconds=2)):
        url = offer(place, data)
    assert ask("PUT", url, data).status == 403
    Upload.objects.update(touched_at=db_now() - dt.timedelta(minutes=4))
    assert ask("PUT", url, data).status == 200
    Upload.objects.update(created_at=db_now() - dt.timedelta(hours=25))
    assert ask("PUT", url, data).status == 403


def test_the_right_to_send_is_asked_again(place) -> None:
    from models_registry import repos

    data = os.urandom(100)
    url = offer(place, data, place.outsider)  # for a proposal
    repos.settle(place.repo, {"visibility": "private"}, by=place.maker)
    assert ask("PUT", url, data).status == 404
    assert not owns(place.repo, data)


def test_what_a_guest_sends_counts_against_the_guest(place) -> None:
    data = os.urandom(100)
    assert ask("PUT", offer(place, data, place.outsider), data).status == 200
    owned = RepoBlob.objects.get(repo=place.repo, blob=content_of(data).sha256)
    assert owned.charged == place.outsider.namespace


# --- in parts -----------------------------------------------------------------------------------
@pytest.fixture
def in_parts(place, monkeypatch):
    """An upload of 2.5 parts; returns (data, upload, announced, part length)."""
    data = os.urandom(sessions.PART_SIZE // 1024 * 2 + sessions.PART_SIZE // 2048)
    now = db_now()
    upload = Upload.objects.create(
        repo=place.repo, person=place.maker, created_at=now, touched_at=now
    )
    monkeypatch.setattr(sessions, "PART_SIZE", sessions.PART_SIZE // 1024)
    return data, upload, content_of(data), sessions.PART_SIZE


def test_parts_in_any_order_become_the_file(place, in_parts) -> None:
    from io import BytesIO

    data, upload, announced, length = in_parts
    etags = {}
    for number in (3, 1, 2):
        part = data[(number - 1) * length : number * length]
        etags[number] = sessions.receive_part(upload, announced, number, BytesIO(part))
    done = sessions.assemble(upload, announced, etags)
    assert done == announced
    assert owns(place.repo, data)
    assert not sessions.parts_folder(upload.pk, announced.sha256).exists()
    assert sessions.assemble(upload, announced, etags) == announced


def test_missing_swapped_and_forged_parts_make_no_file(place, in_parts) -> None:
    from io import BytesIO

    from portal.errors import Invalid

    data, upload, announced, length = in_parts
    etags = {}
    for number in (1, 2, 3):
        part = data[(number - 1) * length : number * length]
        etags[number] = sessions.receive_part(upload, announced, number, BytesIO(part))
    swapped = BytesIO(data[:length])
    etags_swapped = {**etags, 2: sessions.receive_part(upload, announced, 2, swapped)}
    for wrong in ({}, {1: etags[1]}, {**etags, 2: "0" * 64}, {**etags, 2: "../x"}, etags_swapped):
        with pytest.raises(Invalid):
            sessions.assemble(upload, announced, wrong)
    for number in (0, 4, -1):
        with pytest.raises(Invalid):
            sessions.receive_part(upload, announced, number, BytesIO(b"x"))
    with pytest.raises(Invalid):
        sessions.receive_part(upload, announced, 3, BytesIO(b"x" * length))
    assert not owns(place.repo, data)
    assert sessions.assemble(upload, announced, etags) == announced


def test_parts_travel_over_the_wire(place) -> None:
    data = os.urandom(1000)
    announced = content_of(data)
    now = db_now()
    upload = Upload.objects.create(
        repo=place.repo, person=place.maker, created_at=now, touched_at=now
    )
    got = ask("PUT", addresses.sending(upload, announced, part=1), data)
    assert (got.status, got["ETag"]) == (200, f'"{announced.sha256}"')
    said = {"oid": announced.sha256, "parts": [{"partNumber": 1, "etag": got["ETag"]}]}
    url = addresses.sending(upload, announced, part=0)
    for wrong in (b"", b"[]", b"{}", b"[" * 5000, json.dumps({**said, "oid": "x"}).encode()):
        assert ask("POST", url, wrong).status == 400
    assert ask("POST", url, json.dumps(said).encode()).status == 200
    assert owns(place.repo, data)


def test_what_nobody_finished_is_swept(place) -> None:
    from io import BytesIO

    data = os.urandom(1000)
    now = db_now()
    upload = Upload.objects.create(
        repo=place.repo, person=place.maker, created_at=now, touched_at=now
    )
    sessions.receive_part(upload, content_of(data), 1, BytesIO(data))
    (store.incoming / "left-over").write_bytes(b"x")
    os.utime(store.incoming / "left-over", (0, 0))
    sessions.sweep(now - dt.timedelta(hours=1))
    assert Upload.objects.filter(pk=upload.pk).exists()
    assert not (store.incoming / "left-over").exists()
    sessions.sweep(db_now() + dt.timedelta(seconds=1))
    assert not Upload.objects.filter(pk=upload.pk).exists()
    assert not sessions.parts_folder(upload.pk, content_of(data).sha256).exists()
