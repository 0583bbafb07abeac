"""Attacks on large files: claims by hash, junk, lies about sizes, forged addresses.

Rows 1 to 8 of the table of attacks.
"""

import hashlib
import json
import os
from collections.abc import Callable

import httpx2
import pytest

from tests.support.client import HubClient
from tests.support.server import Server

NOBODYS = hashlib.sha256(b"nobody has these bytes").hexdigest()
SECRET = b"\0secret weights of the maker" * 1000
SECRET_OID = hashlib.sha256(SECRET).hexdigest()


@pytest.fixture(scope="module", autouse=True)
def repos(as_person: Callable[..., HubClient]) -> None:
    """A private repo of the maker with the secret, and a repo of the outsider to attack from."""
    maker, outsider = as_person("maker"), as_person("outsider")
    maker.call("HfApi().create_repo('secret', private=True)")
    maker.call(
        f"HfApi().upload_file(path_or_fileobj={SECRET!r}, path_in_repo='w.safetensors', "
        "repo_id='maker/secret')"
    )
    outsider.call("HfApi().create_repo('thief')")


class Attacker:
    """Somebody with a write token of their own, and httpx."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.headers = {"Authorization": f"Bearer {server.people.outsider.write_token}"}

    def commit(self, *lines: dict, repo: str = "outsider/thief") -> httpx2.Response:
        header = {"key": "header", "value": {"summary": "m"}}
        body = "\n".join(json.dumps(line) for line in (header, *lines))
        return httpx2.post(
            f"{self.server.url}/api/models/{repo}/commit/main",
            content=body,
            headers=self.headers | {"Content-Type": "application/x-ndjson"},
        )

    def batch(self, operation: str, *objects: dict, repo: str = "outsider/thief") -> dict:
        answer = httpx2.post(
            f"{self.server.url}/{repo}.git/info/lfs/objects/batch",
            json={"operation": operation, "transfers": ["basic"], "objects": list(objects)},
            headers=self.headers | {"Content-Type": "application/vnd.git-lfs+json"},
        )
        return {"status": answer.status_code} | answer.json()

    def files(self, repo: str = "outsider/thief") -> list[dict]:
        """Return what the repo has, so that a test can say that nothing was linked."""
        where = f"{self.server.url}/api/models/{repo}/tree/main?recursive=true"
        return httpx2.get(where, headers=self.headers).json()


@pytest.fixture
def attacker(portal_server: Server) -> Attacker:
    return Attacker(portal_server)


def lfs(oid: str, size: int | None) -> dict:
    value = {"path": "w.safetensors", "algo": "sha256", "oid": oid}
    return {"key": "lfsFile", "value": value | ({"size": size} if size is not None else {})}


@pytest.mark.attack(1)
@pytest.mark.parametrize("with_size", [True, False])
def test_knowing_a_hash_is_no_claim(attacker: Attacker, with_size: bool) -> None:
    size = len(SECRET) if with_size else None
    claimed = attacker.commit(lfs(SECRET_OID, size))
    random = attacker.commit(lfs(NOBODYS, size))
    assert claimed.status_code == random.status_code == 400
    assert claimed.json() == random.json()


@pytest.mark.attack(2)
def test_a_batch_does_not_tell_who_has_what(attacker: Attacker) -> None:
    told = [
        attacker.batch("upload", {"oid": oid, "size": len(SECRET)})["objects"][0]
        for oid in (SECRET_OID, NOBODYS)
    ]
    assert [set(item) for item in told] == [set(told[1])] * 2
    assert all("upload" in item["actions"] for item in told)
    got = attacker.batch("download", {"oid": SECRET_OID, "size": 5}, {"oid": NOBODYS, "size": 5})
    assert [item["error"]["code"] for item in got["objects"]] == [404, 404]


@pytest.mark.attack(3)
def test_junk_under_a_known_hash_is_refused(
    attacker: Attacker, as_person: Callable[..., HubClient]
) -> None:
    told = attacker.batch("upload", {"oid": SECRET_OID, "size": len(SECRET)})
    href = told["objects"][0]["actions"]["upload"]["href"]
    assert httpx2.put(href, content=os.urandom(len(SECRET))).status_code == 400
    assert attacker.commit(lfs(SECRET_OID, len(SECRET))).status_code == 400
    code = "Path(hf_hub_download('maker/secret', 'w.safetensors')).read_bytes().hex()"
    assert bytes.fromhex(as_person("maker").call(code)) == SECRET


@pytest.mark.attack(4)
def test_text_that_reads_like_a_pointer_is_text(attacker: Attacker, portal_server: Server) -> None:
    text = (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{SECRET_OID}\nsize {len(SECRET)}\n"
    )
    value = {"path": "pointer.txt", "content": text, "encoding": "utf-8"}
    assert attacker.commit({"key": "file", "value": value}).status_code == 200
    answer = httpx2.get(
        f"{portal_server.url}/outsider/thief/resolve/main/pointer.txt", headers=attacker.headers
    )
    assert (answer.status_code, answer.text) == (200, text)


@pytest.mark.attack(5)
@pytest.mark.parametrize("size", [-1, 2**63, 2**70, "5", None, 1.5, True])
def test_sizes_that_cannot_be(attacker: Attacker, size: object) -> None:
    before = attacker.files()
    assert attacker.batch("upload", {"oid": NOBODYS, "size": size})["status"] in (400, 413, 422)
    value = {"path": "w.safetensors", "algo": "sha256", "oid": NOBODYS, "size": size}
    answer = attacker.commit({"key": "lfsFile", "value": value})
    assert answer.status_code in (400, 413, 422), answer.text
    assert attacker.files() == before


@pytest.mark.attack(5)
@pytest.mark.parametrize("oid", ["", "abc", "A" * 64, "../" * 20 + "abcd", "g" * 64, 5])
def test_hashes_that_cannot_be(attacker: Attacker, oid: object) -> None:
    assert attacker.batch("upload", {"oid": oid, "size": 5})["status"] in (400, 422)


@pytest.mark.attack(5)
@pytest.mark.parametrize("sent", [10, 20, 30, 10_000])
def test_an_upload_of_another_length(attacker: Attacker, sent: int) -> None:
    content = os.urandom(20)
    oid = hashlib.sha256(content).hexdigest()
    told = attacker.batch("upload", {"oid": oid, "size": 20})
    href = told["objects"][0]["actions"]["upload"]["href"]
    assert httpx2.put(href, content=os.urandom(sent)).status_code == 400
    assert attacker.commit(lfs(oid, 20)).status_code == 400


@pytest.mark.attack(5, 7)
def test_a_size_that_differs_from_what_was_stored(attacker: Attacker) -> None:
    content = os.urandom(50)
    oid = hashlib.sha256(content).hexdigest()
    href = attacker.batch("upload", {"oid": oid, "size": 50})["objects"][0]["actions"]["upload"]
    assert httpx2.put(href["href"], content=content).status_code == 200
    assert attacker.commit(lfs(oid, 49)).status_code == 400
    assert attacker.commit(lfs(oid, 50)).status_code == 200
    late = httpx2.put(href["href"], content=os.urandom(50))
    assert late.status_code == 400
    got = httpx2.get(
        f"{attacker.server.url}/outsider/thief/resolve/main/w.safetensors",
        headers=attacker.headers,
        follow_redirects=True,
    )
    assert got.content == content


@pytest.mark.attack(6)
def test_nothing_is_copied_out_of_a_private_repo(attacker: Attacker) -> None:
    answer = httpx2.post(
        f"{attacker.server.url}/api/models/maker/secret/lfs-files/duplicate",
        json={"target": {"type": "model", "name": "outsider/thief"}, "files": []},
        headers=attacker.headers,
    )
    missing = httpx2.post(
        f"{attacker.server.url}/api/models/maker/no-such/lfs-files/duplicate",
        json={"target": {"type": "model", "name": "outsider/thief"}, "files": []},
        headers=attacker.headers,
    )
    assert (answer.status_code, answer.text) == (missing.status_code, missing.text)
    assert answer.status_code == 404


@pytest.mark.attack(6)
def test_nothing_is_copied_out_of_a_gated_repo(
    attacker: Attacker, as_person: Callable[..., HubClient]
) -> None:
    maker = as_person("maker")
    maker.call("HfApi().create_repo('gated-weights')")
    maker.call(
        f"HfApi().upload_file(path_or_fileobj={SECRET!r}, path_in_repo='w.safetensors', "
        "repo_id='maker/gated-weights')"
    )
    maker.call("HfApi().update_repo_settings('maker/gated-weights', gated='manual')")
    where = f"{attacker.server.url}/api/models/maker/gated-weights"
    target = {"type": "model", "name": "outsider/thief"}
    for door in ("lfs-files/duplicate", "duplicate"):
        body = {"target": target, "repository": "outsider/thief", "files": [SECRET_OID]}
        answer = httpx2.post(f"{where}/{door}", json=body, headers=attacker.headers)
        assert answer.status_code == 403, (door, answer.text)
        assert answer.headers["X-Error-Code"] == "GatedRepo"
    assert attacker.batch("download", {"oid": SECRET_OID, "size": len(SECRET)})["objects"][0].get(
        "error"
    )


@pytest.mark.attack(8)
def test_a_changed_address_opens_nothing(portal_server: Server) -> None:
    headers = {"Authorization": f"Bearer {portal_server.people.maker.read_token}"}
    url = f"{portal_server.url}/maker/secret/resolve/main/w.safetensors"
    link = httpx2.get(url, headers=headers).headers["Location"]
    assert httpx2.get(link).content == SECRET
    head, name = link.rsplit("/", 1)
    base, signed = head.rsplit("/", 1)
    for forged in (signed[:-1], signed[:-1] + ("A" if signed[-1] != "A" else "B"), "x", "a:b"):
        assert httpx2.get(f"{base}/{forged}/{name}").status_code in (403, 404), forged
    other = httpx2.get(url.replace("w.safetensors", ".gitattributes"), headers=headers)
    assert other.status_code == 200, "small files have no address to swap with"
    for query in ("?response-content-type=text/html", "?oid=" + NOBODYS, "?"):
        assert httpx2.get(link + query).content == SECRET, "a query changes nothing"
    for method in ("PUT", "POST", "DELETE"):
        assert httpx2.request(method, link, content=b"x").status_code in (403, 404, 405), method
    assert httpx2.get(link).content == SECRET
