"""Attacks on the CAS: claims by hash, lies about content, foreign tokens, stretched ranges."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from models_registry.formats.xet import hashes, xorbs
from tests.support.client import HubClient
from tests.support.server import Server
from tests.support.xet import chunks_of, name_of, shard

SECRET = os.urandom(400_000)


@dataclass(frozen=True)
class Cas:
    """Somebody's token for one repo, and httpx."""

    url: str
    token: str

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> httpx2.Response:
        sent = {"Authorization": f"Bearer {self.token}"} | headers
        return httpx2.request(method, f"{self.url}{path}", content=body, headers=sent, timeout=60)

    def send_xorb(self, raw: bytes, name: bytes) -> int:
        path = f"/v1/xorbs/default/{hashes.to_text(name)}"
        return self.ask("POST", path, raw).status_code

    def send_shard(self, raw: bytes) -> dict:
        """Return the last line of the answer."""
        answer = self.ask("POST", "/v2/shards", raw)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text.splitlines()[-1])


def cas(server: Server, name: str, repo: str, kind: str = "write") -> Cas:
    secret = getattr(server.people, name).write_token
    answer = httpx2.get(
        f"{server.url}/api/models/{repo}/xet-{kind}-token/main",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 200, answer.text
    return Cas(answer.json()["casUrl"], answer.json()["accessToken"])


@pytest.fixture(scope="module", autouse=True)
def repos(portal_server: Server, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A private repo of the maker with the secret, and a repo of the outsider to attack from."""
    folder = tmp_path_factory.mktemp("secret")
    (folder / "w.safetensors").write_bytes(SECRET)
    maker = HubClient(portal_server, portal_server.people.maker.write_token)
    maker.call("HfApi().create_repo('xet-secret', private=True)")
    maker.call(f"HfApi().upload_folder(folder_path={str(folder)!r}, repo_id='maker/xet-secret')")
    outsider = HubClient(portal_server, portal_server.people.outsider.write_token)
    outsider.call("[HfApi().create_repo(name) for name in ('xet-thief', 'xet-thief-2')]")


@pytest.fixture
def thief(portal_server: Server) -> Cas:
    return cas(portal_server, "outsider", "outsider/xet-thief")


@pytest.fixture
def secret(server_database: Callable) -> tuple[bytes, bytes]:
    """Return what a leak could tell: the secret file's Xet hash, and its xorb's."""
    from models_registry.models import XetFile

    with server_database():
        file = XetFile.objects.get(blob=hashlib.sha256(SECRET).hexdigest())
        return file.hash, file.xorbs.get().hash


def test_a_file_that_is_whole_and_true_is_taken(thief: Cas) -> None:
    contents = chunks_of(os.urandom(150_000))
    assert thief.send_xorb(xorbs.packed(contents), name_of(*contents)) == 200
    assert thief.send_shard(shard(contents)) == {"type": "result", "result": 1}
    assert thief.ask("POST", "/v1/shards", shard(contents)).json() == {"result": 1}


@pytest.mark.attack(1)
def test_somebody_elses_content_cannot_be_claimed_by_its_hashes(
    thief: Cas, secret: tuple[bytes, bytes]
) -> None:
    file, xorb = secret
    junk = chunks_of(bytes(400_000))
    known = thief.send_shard(shard(junk, file=file, xorb=xorb, end=2))
    unknown = thief.send_shard(shard(junk, file=file, xorb=os.urandom(32), end=2))
    assert known["type"] == "error"
    assert known == unknown


@pytest.mark.attack(2)
def test_a_new_xorb_that_somebody_else_has_answers_as_one_that_nobody_has(
    thief: Cas, secret: tuple[bytes, bytes]
) -> None:
    contents = chunks_of(os.urandom(100_000))
    assert thief.send_xorb(xorbs.packed(contents), name_of(*contents)) == 200
    known = thief.send_shard(shard(contents, new=secret[1]))
    unknown = thief.send_shard(shard(contents, new=os.urandom(32)))
    assert known["type"] == "error"
    assert known == unknown


@pytest.mark.attack(2)
def test_asking_for_a_xorb_or_a_chunk_does_not_tell_that_somebody_has_it(
    thief: Cas, secret: tuple[bytes, bytes], server_database: Callable
) -> None:
    from models_registry.models import XetChunk

    _file, xorb = secret
    with server_database():
        chunk = XetChunk.objects.filter(xorb=xorb).values_list("hash", flat=True)[0]
    for path, method in (("/v1/xorb-grants/default/", "POST"), ("/v1/chunks/default/", "GET")):
        there = xorb if "xorb" in path else chunk
        known = thief.ask(method, path + hashes.to_text(there))
        unknown = thief.ask(method, path + hashes.to_text(os.urandom(32)))
        assert known.status_code == unknown.status_code == 404
        assert known.content == unknown.content


@pytest.mark.attack(10)
def test_a_repo_gives_only_its_own_files(
    portal_server: Server, thief: Cas, secret: tuple[bytes, bytes]
) -> None:
    maker = cas(portal_server, "maker", "maker/xet-secret", "read")
    path = f"/v2/reconstructions/{hashes.to_text(secret[0])}"
    assert maker.ask("GET", path).status_code == 200
    reader = cas(portal_server, "outsider", "outsider/xet-thief", "read")
    for foreign in (thief, reader, cas(portal_server, "maker", "maker/xet-secret-2", "read")):
        unknown = foreign.ask("GET", f"/v2/reconstructions/{'0' * 64}")
        refused = foreign.ask("GET", path)
        assert refused.status_code == unknown.status_code == 404
        assert refused.content == unknown.content


@pytest.fixture(autouse=True)
def second_repo(portal_server: Server) -> None:
    """An empty repo of the maker: a token for one repo is of no use for another."""
    headers = {"Authorization": f"Bearer {portal_server.people.maker.write_token}"}
    httpx2.post(
        f"{portal_server.url}/api/repos/create", json={"name": "xet-secret-2"}, headers=headers
    )


LIES = {
    "a file hash": {"file": os.urandom(32)},
    "a proof": {"proof": os.urandom(32)},
    "no proof": {"proofs": False},
    "a range that is longer than the xorb": {"end": 9},
    "a range that is shorter than said": {"end": 1},
    "a sha256": {"sha256": os.urandom(32)},
}


@pytest.mark.attack(5)
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_lie_in_a_shard_is_refused_with_a_sentence(
    thief: Cas, lie: dict, server_database: Callable
) -> None:
    from models_registry.models import XetFile

    contents = chunks_of(os.urandom(130_000))
    assert thief.send_xorb(xorbs.packed(contents), name_of(*contents)) == 200
    answer = thief.send_shard(shard(contents, **lie))
    assert answer["type"] == "error"
    assert answer["message"].startswith("This is not a valid shard.")
    assert answer["retryable"] is False
    assert thief.ask("POST", "/v1/shards", shard(contents, **lie)).status_code == 400
    with server_database():
        digest = hashlib.sha256(b"".join(contents)).hexdigest()
        assert not XetFile.objects.filter(blob=digest).exists()


def test_a_refusal_is_in_the_language_of_the_sender(thief: Cas, server_database: Callable) -> None:
    from portal.people.models import Person

    sender = Person.objects.filter(username="outsider")
    contents = chunks_of(os.urandom(130_000))
    assert thief.send_xorb(xorbs.packed(contents), name_of(*contents)) == 200
    with server_database():
        sender.update(language="zh-hans")
    try:
        answer = thief.send_shard(shard(contents, sha256=os.urandom(32)))
    finally:
        with server_database():
            sender.update(language="")
    assert answer["message"] == "这不是有效的 shard。 有一个文件的 SHA-256 与 shard 所说的不符"


@pytest.mark.attack(3)
def test_what_is_no_xorb_is_refused_as_it_comes(thief: Cas) -> None:
    contents = chunks_of(os.urandom(100_000))
    raw, name = xorbs.packed(contents), name_of(*contents)
    for wrong in (b"", raw[:-1], raw + b"\0junk junk"):
        assert thief.send_xorb(wrong, name) == 400
    assert thief.send_xorb(raw + xorbs.FOOTER_MARK + os.urandom(900), name) == 200
    assert thief.send_shard(shard(contents, new=name)) == {"type": "result", "result": 1}


@pytest.mark.attack(3)
@pytest.mark.parametrize("described", [True, False], ids=["described", "not described"])
@pytest.mark.parametrize("at", [50, -1], ids=["in the file", "in no file"])
def test_a_xorb_is_what_its_name_says(
    thief: Cas, server_database: Callable, described: bool, at: int
) -> None:
    """It takes its shard to tell; until then, and after, nobody has it under that name."""
    from models_registry.models import Xorb

    contents = chunks_of(os.urandom(130_000))
    raw, name = bytearray(xorbs.packed(contents)), name_of(*contents)
    raw[at] ^= 1
    told = shard(contents[:-1], xorb=name, new=name if described else None, holds=contents)
    assert thief.send_xorb(bytes(raw), name) == 200
    answer = thief.send_shard(told)
    assert answer["type"] == "error"
    assert answer["message"].startswith("This is not a valid shard.")
    with server_database():
        assert not Xorb.objects.filter(pk=name).exists()
    assert asked_for(thief, name) == 404  # it must come again
    raw[at] ^= 1
    assert thief.send_xorb(bytes(raw), name) == 200
    assert thief.send_shard(told) == {"type": "result", "result": 1}


def asked_for(token: Cas, name: bytes) -> int:
    """Return whether somebody is told that a xorb is here: 200, or 404."""
    return token.ask("POST", f"/v1/xorb-grants/default/{hashes.to_text(name)}").status_code


@pytest.mark.attack(3)
def test_a_xorb_of_other_chunks_than_the_shard_says_is_refused(thief: Cas) -> None:
    contents, others = chunks_of(os.urandom(100_000)), chunks_of(os.urandom(100_000))
    name = name_of(*contents)
    assert thief.send_xorb(xorbs.packed(contents), name) == 200
    for holds in (others, contents[:1], [*contents, b"more"]):
        answer = thief.send_shard(shard(contents, new=name, holds=holds))
        assert answer["type"] == "error"


@pytest.mark.attack(3)
def test_a_xorb_that_is_described_truly_needs_its_own_name(
    thief: Cas, server_database: Callable
) -> None:
    """Or who comes first could put junk where somebody else's xorb will be."""
    from models_registry.models import Xorb

    junk = chunks_of(os.urandom(100_000))
    name = name_of(*chunks_of(os.urandom(100_000)))
    assert thief.send_xorb(xorbs.packed(junk), name) == 200
    for told in (shard(junk, xorb=name, new=name), shard(junk, xorb=name)):
        assert thief.send_shard(told)["type"] == "error"
    with server_database():
        assert not Xorb.objects.filter(pk=name).exists()


@pytest.mark.attack(2)
def test_what_was_sent_is_known_to_its_sender_alone(portal_server: Server, thief: Cas) -> None:
    contents = chunks_of(os.urandom(100_000))
    name = name_of(*contents)
    maker = cas(portal_server, "maker", "maker/xet-secret")
    unknown = maker.send_shard(shard(contents, new=name))
    assert unknown["type"] == "error"
    assert thief.send_xorb(xorbs.packed(contents), name) == 200
    assert (asked_for(thief, name), asked_for(maker, name)) == (200, 404)
    assert maker.send_shard(shard(contents, new=name)) == unknown
    assert maker.send_shard(shard(contents)) == unknown
    elsewhere = cas(portal_server, "outsider", "outsider/xet-thief-2")
    assert asked_for(elsewhere, name) == 404


@pytest.mark.attack(2)
@pytest.mark.attack(3)
@pytest.mark.parametrize("described", [True, False], ids=["described", "not described"])
def test_junk_under_the_name_of_somebody_elses_xorb_replaces_nothing(
    portal_server: Server, thief: Cas, secret: tuple[bytes, bytes], described: bool
) -> None:
    """Nor does what happens to it tell whether there is such a xorb."""
    junk, told = chunks_of(os.urandom(len(SECRET))), []
    for name in (secret[1], os.urandom(32)):
        assert thief.send_xorb(xorbs.packed(junk), name) == 200
        lie = shard(junk, xorb=name, new=name if described else None)
        told.append((thief.send_shard(lie), asked_for(thief, name)))
    assert told[0] == told[1]
    assert told[0][0]["type"] == "error"
    answer = httpx2.get(
        f"{portal_server.url}/maker/xet-secret/resolve/main/w.safetensors",
        headers={"Authorization": f"Bearer {portal_server.people.maker.write_token}"},
        follow_redirects=True,
    )
    assert answer.content == SECRET


@pytest.mark.attack(31)
def test_too_long_a_body_is_refused(thief: Cas) -> None:
    def endless():
        for _ in range(xorbs.MAX_BYTES // 2**20 + 3):
            yield bytes(2**20)

    headers = {"Authorization": f"Bearer {thief.token}"}
    path = f"{thief.url}/v1/xorbs/default/{'0' * 64}"
    answer = httpx2.post(path, content=endless(), headers=headers, timeout=60)
    assert answer.status_code in (400, 413)


@pytest.mark.attack(18)
@pytest.mark.parametrize("name", ["0" * 63, "0" * 65, "Z" * 64, "..%2F..%2Fetc", "٣" * 64])
def test_a_name_that_is_no_hash_names_nothing(thief: Cas, name: str) -> None:
    for method, path in (
        ("GET", f"/v2/reconstructions/{name}"),
        ("GET", f"/v1/chunks/default/{name}"),
        ("POST", f"/v1/xorbs/default/{name}"),
        ("POST", f"/v1/xorb-grants/default/{name}"),
    ):
        assert thief.ask(method, path).status_code == 404


@pytest.mark.attack(23)
def test_a_token_for_reading_writes_nothing(portal_server: Server) -> None:
    reader = cas(portal_server, "maker", "maker/xet-secret", "read")
    contents = [os.urandom(1000)]
    assert reader.send_xorb(xorbs.packed(contents), name_of(*contents)) == 403
    assert reader.ask("POST", "/v2/shards", shard(contents)).status_code == 403
    assert reader.ask("POST", "/v1/shards", shard(contents)).status_code == 403
    assert reader.ask("POST", f"/v1/xorb-grants/default/{'0' * 64}").status_code == 403


@pytest.mark.attack(23)
def test_who_may_not_write_gets_no_token_to_write(portal_server: Server) -> None:
    people = portal_server.people
    for token, repo, statuses in (
        (people.outsider.write_token, "maker/xet-secret", (404,)),
        (people.outsider.read_token, "outsider/xet-thief", (401, 403)),
        ("", "outsider/xet-thief", (401,)),
    ):
        answer = httpx2.get(
            f"{portal_server.url}/api/models/{repo}/xet-write-token/main",
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )
        assert answer.status_code in statuses


@pytest.mark.attack(23)
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer a:b:c"])
def test_no_token_no_answer(thief: Cas, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    for method, path in (
        ("GET", f"/v2/reconstructions/{'0' * 64}"),
        ("POST", f"/v1/xorbs/default/{'0' * 64}"),
        ("POST", "/v2/shards"),
        ("GET", f"/v1/chunks/default/{'0' * 64}"),
    ):
        answer = httpx2.request(method, f"{thief.url}{path}", headers=headers)
        assert answer.status_code == 401


@pytest.mark.attack(8)
def test_an_address_gives_its_range_and_nothing_else(
    portal_server: Server, secret: tuple[bytes, bytes]
) -> None:
    maker = cas(portal_server, "maker", "maker/xet-secret", "read")
    path = f"/v2/reconstructions/{hashes.to_text(secret[0])}"
    told = maker.ask("GET", path, Range="bytes=0-10").json()
    (entry,) = told["xorbs"][hashes.to_text(secret[1])]
    span = entry["ranges"][0]["bytes"]
    whole = httpx2.get(entry["url"], headers={"Range": f"bytes={span['start']}-{span['end']}"})
    assert whole.status_code == 206
    assert len(whole.content) == span["end"] - span["start"] + 1 < len(SECRET)
    wider = {"Range": f"bytes=0-{span['end'] + 1}"}
    assert httpx2.get(entry["url"], headers=wider).status_code == 416
    assert httpx2.get(entry["url"][:-1] + "x").status_code == 403
    assert httpx2.put(entry["url"], content=b"x").status_code == 405


@pytest.mark.attack(11)
def test_an_address_dies_with_the_right(
    portal_server: Server, secret: tuple[bytes, bytes], server_database: Callable
) -> None:
    """Somebody who may read a private repo through their organisation, until they leave it."""
    from models_registry.models import Repo
    from portal.people.models import Person

    maker = cas(portal_server, "maker", "maker/xet-secret", "read")
    path = f"/v2/reconstructions/{hashes.to_text(secret[0])}"
    (entry,) = maker.ask("GET", path).json()["xorbs"][hashes.to_text(secret[1])]
    assert httpx2.get(entry["url"]).status_code == 200
    with server_database():
        repo = Repo.objects.get(name="xet-secret")
        Repo.objects.filter(pk=repo.pk).update(
            namespace=Person.objects.get(username="voter").namespace
        )
    try:
        assert httpx2.get(entry["url"]).status_code == 404
        assert maker.ask("GET", path).status_code == 404
    finally:
        with server_database():
            Repo.objects.filter(pk=repo.pk).update(namespace=repo.namespace_id)


def test_a_range_behind_the_end_is_out_of_range(
    portal_server: Server, secret: tuple[bytes, bytes]
) -> None:
    maker = cas(portal_server, "maker", "maker/xet-secret", "read")
    path = f"/v2/reconstructions/{hashes.to_text(secret[0])}"
    behind = f"bytes={len(SECRET)}-{len(SECRET) + 5}"
    assert maker.ask("GET", path, Range=behind).status_code == 416


@pytest.mark.attack(1)
def test_the_sha256_of_somebody_elses_file_is_no_claim(thief: Cas, portal_server: Server) -> None:
    """What tree listings publish of a file cannot be committed to another repo."""
    line = {"path": "w", "algo": "sha256", "oid": hashlib.sha256(SECRET).hexdigest()}
    lines = [
        {"key": "header", "value": {"summary": "mine"}},
        {"key": "lfsFile", "value": line | {"size": len(SECRET)}},
    ]
    answer = httpx2.post(
        f"{portal_server.url}/api/models/outsider/xet-thief/commit/main",
        content="\n".join(map(json.dumps, lines)),
        headers={
            "Authorization": f"Bearer {portal_server.people.outsider.write_token}",
            "Content-Type": "application/x-ndjson",
        },
    )
    assert answer.status_code == 400


def test_the_first_version_of_reconstructions_says_the_same(
    portal_server: Server, secret: tuple[bytes, bytes]
) -> None:
    maker = cas(portal_server, "maker", "maker/xet-secret", "read")
    first = maker.ask("GET", f"/v1/reconstructions/{hashes.to_text(secret[0])}").json()
    (entry,) = first["fetch_info"][hashes.to_text(secret[1])]
    raw = httpx2.get(entry["url"]).content
    assert len(raw) == entry["url_range"]["end"] - entry["url_range"]["start"] + 1
    assert Path(entry["url"]).name
