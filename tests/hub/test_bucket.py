"""Everything in a bucket of S3: the stock client sends xorbs to it and fetches them from it."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from models_registry.formats.xet import hashes, xorbs
from tests.hub.test_attack_threads_and_git import bearer
from tests.hub.test_attack_xet import Cas, cas
from tests.support import s3
from tests.support.client import HubClient
from tests.support.client_versions import VERSIONS, python_with
from tests.support.server import Server, serving
from tests.support.xet import chunks_of, name_of

STORES = """
from models_registry.storage import store, xorb_store
from models_registry.models import Xorb
"""


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3.S3]:
    with s3.running(tmp_path_factory.mktemp("s3")) as found:
        yield found


@pytest.fixture(scope="module")
def server(
    bucket: s3.S3, portal_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("in-bucket") / "data"
    with serving(portal_template, folder, **bucket.environment) as found:
        yield found


def machine(server: Server, *, xet: bool = True) -> HubClient:
    return HubClient(server, server.people.maker.write_token, xet=xet)


@pytest.fixture(scope="module")
def weights(server: Server, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file that was sent by Xet to `maker/bucket`."""
    folder = tmp_path_factory.mktemp("weights")
    content = os.urandom(3_000_000)
    (folder / "model.safetensors").write_bytes(content)
    client = machine(server)
    client.call("HfApi().create_repo('bucket')")
    client.call(f"HfApi().upload_folder(folder_path={str(folder)!r}, repo_id='maker/bucket')")
    return content


def python(server: Server, code: str) -> str:
    """Run code in a process of the portal; return what it prints."""
    words = [sys.executable, "-W", "ignore", "manage.py", "shell", "-v", "0", "-c", STORES + code]
    done = subprocess.run(words, env=server.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_of_it_lies_on_our_disk(server: Server, weights: bytes) -> None:
    content = server.data / "content"
    kept = [path for path in content.rglob("*") if path.is_file() and path.name != "lock"]
    assert sum(path.stat().st_size for path in kept) == 0
    assert python(server, "print(sum(1 for _ in xorb_store.names()))").strip() == "1"
    # The client has sent it there, and has not fallen back to sending it to us.
    assert python(server, "print(list(store.bucket.keys('staging/')))").strip() == "[]"


def test_it_comes_down_by_xet_and_plainly(server: Server, weights: bytes) -> None:
    for xet in (True, False):
        folder = Path(machine(server, xet=xet).call("snapshot_download('maker/bucket')"))
        assert (folder / "model.safetensors").read_bytes() == weights


def test_lfs_goes_up_and_comes_down_from_the_bucket(server: Server, tmp_path: Path) -> None:
    content = os.urandom(2_000_000)
    (tmp_path / "w.bin").write_bytes(content)
    client = machine(server, xet=False)
    client.call("HfApi().create_repo('bucket-lfs')")
    client.call(f"HfApi().upload_folder(folder_path={str(tmp_path)!r}, repo_id='maker/bucket-lfs')")
    url = f"{server.url}/maker/bucket-lfs/resolve/main/w.bin"
    first = httpx2.get(url)
    second = httpx2.get(first.headers["Location"])
    assert second.status_code == 302
    asked = parse_qs(urlsplit(second.headers["Location"]).query)
    assert asked["response-content-disposition"] == ['attachment; filename="w.bin"']
    assert int(asked["X-Amz-Expires"][0]) <= 300
    assert httpx2.get(url, follow_redirects=True).content == content
    part = httpx2.get(url, headers={"Range": "bytes=5-9"}, follow_redirects=True)
    assert (part.status_code, part.content) == (206, content[5:10])
    assert httpx2.head(first.headers["Location"]).headers["Content-Length"] == "2000000"


def told(server: Server, url: str, body: dict, who: str = "maker") -> httpx2.Response:
    return httpx2.post(url, json=body, headers=bearer(server, who))


def offered(server: Server, repo: str, content: bytes) -> tuple[dict, str, str]:
    """Return what names a file, where the batch says to send it, and where to say so."""
    named = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content)}
    asked = {"operation": "upload", "transfers": ["basic"], "objects": [named]}
    answer = told(server, f"{server.url}/{repo}.git/info/lfs/objects/batch", asked).json()
    actions = answer["objects"][0]["actions"]
    return named, actions["upload"]["href"], actions["verify"]["href"]


@pytest.fixture(scope="module")
def repo(server: Server) -> str:
    machine(server).call("HfApi().create_repo('bucket-sent')")
    return "maker/bucket-sent"


def test_lfs_is_sent_to_a_staging_key_and_taken_once_it_is_checked(
    server: Server, bucket: s3.S3, repo: str
) -> None:
    content = os.urandom(10_000)
    named, href, verify = offered(server, repo, content)
    assert href.startswith(f"{bucket.endpoint}/content/staging/")
    signed = parse_qs(urlsplit(href).query)["X-Amz-SignedHeaders"][0]
    assert "content-length" in signed.split(";")
    assert told(server, verify, named).status_code == 404  # nothing was sent
    assert httpx2.put(href, content=content).status_code == 200
    assert told(server, verify, named, "voter").status_code == 404  # it is not theirs
    assert told(server, verify, named).json() == named
    # The address lives on, to no avail.
    assert httpx2.put(href, content=os.urandom(10_000)).status_code == 200
    assert told(server, verify, named).json() == named
    assert python(server, "print(xorb_store.sweep_staging(2**40))").strip() == "1"
    read = f"print(store.bucket.get_bytes(store.key({named['oid']!r})).hex())"
    assert python(server, read).strip() == content.hex()


def test_other_bytes_than_announced_are_not_taken(server: Server, repo: str) -> None:
    content = os.urandom(5000)
    named, href, verify = offered(server, repo, content)
    assert httpx2.put(href, content=os.urandom(5000)).status_code == 200
    answer = told(server, verify, named)
    assert answer.status_code == 400 and "not the announced ones" in answer.text
    assert python(server, f"print(store.has({named['oid']!r}))").strip() == "False"
    assert told(server, verify, named).status_code == 404  # it is gone


PARTS = """
import hashlib, os, httpx2
from models_registry.models import Repo, RepoBlob
from models_registry.storage import Content
from models_registry.storage.addresses import sent_to
from models_registry.uploads import sessions
sessions.PART_SIZE, sessions.MULTIPART_FROM = 5 * 2**20, 6 * 2**20
content = os.urandom(12_000_000)
announced = Content(hashlib.sha256(content).hexdigest(), len(content))
repo = Repo.objects.get(name="bucket-sent")
(offer,) = sessions.offers(repo, repo.created_by, [announced], multipart=True)
sending = sent_to(offer.href.rpartition("/")[2])
etags = {}
for number in (1, 2, 3):
    if number == 3:
        try:
            sessions.assemble(sessions.live(sending), announced, etags)
        except sessions.CutShort:
            print("cut short")
    part = content[(number - 1) * sessions.PART_SIZE : number * sessions.PART_SIZE]
    etags[number] = httpx2.put(offer.header[str(number)], content=part).headers["ETag"]
print(sessions.assemble(sessions.live(sending), announced, etags) == announced)
print(store.open(announced.sha256).read() == content)
print(RepoBlob.objects.filter(repo=repo, blob=announced.sha256).count())
print([*store.bucket.keys("staging/"), *store.bucket.keys("incoming/")])
"""


def test_parts_are_put_together_in_the_bucket(server: Server, repo: str) -> None:
    assert python(server, PARTS).split("\n")[:-1] == ["cut short", "True", "True", "1", "[]"]


ABANDONED = """
begun = {"Bucket": store.bucket.name, "Key": "incoming/x"}
begun["UploadId"] = store.bucket.client.create_multipart_upload(**begun)["UploadId"]
store.bucket.client.upload_part(**begun, PartNumber=1, Body=b"x")
print(xorb_store.sweep_staging(0), xorb_store.sweep_staging(2**40), xorb_store.sweep_staging(2**40))
"""


@pytest.mark.slow
@pytest.mark.parametrize("version", ["1.33.0", "0.36.2"])
def test_older_clients_send_there_too(server: Server, tmp_path: Path, version: str) -> None:
    content = os.urandom(1_000_000)
    (tmp_path / "w.bin").write_bytes(content)
    python_of_theirs = python_with(VERSIONS[version])
    client = HubClient(server, server.people.maker.write_token, python=python_of_theirs, xet=False)
    name = f"maker/bucket-{version}"
    client.call(f"HfApi().create_repo({name!r})")
    client.call(
        f"HfApi().upload_file(path_or_fileobj={str(tmp_path / 'w.bin')!r},"
        f" path_in_repo='w.bin', repo_id={name!r})"
    )
    assert Path(client.call(f"hf_hub_download({name!r}, 'w.bin')")).read_bytes() == content
    assert python(server, f"print(store.has({hashlib.sha256(content).hexdigest()!r}))") == "True\n"


def test_parts_that_a_killed_process_left_are_swept(server: Server, repo: str) -> None:
    assert python(server, ABANDONED).split() == ["0", "1", "0"]


def test_what_came_by_lfs_gets_chunks_there(server: Server, tmp_path: Path) -> None:
    content = os.urandom(1_000_000)
    (tmp_path / "w.bin").write_bytes(content)
    client = machine(server, xet=False)
    client.call("HfApi().create_repo('bucket-chunks')")
    client.call(
        f"HfApi().upload_folder(folder_path={str(tmp_path)!r}, repo_id='maker/bucket-chunks')"
    )
    code = """
from models_registry.xet import chunking
print([chunking.into_chunks(blob) for blob in chunking.next_files(9)])
"""
    assert "True" in python(server, code)
    python(server, f"store.delete({hashlib.sha256(content).hexdigest()!r})")
    for xet in (True, False):
        path = machine(server, xet=xet).call("hf_hub_download('maker/bucket-chunks', 'w.bin')")
        assert Path(path).read_bytes() == content


def test_addresses_are_for_one_range(server: Server, weights: bytes) -> None:
    reader = cas(server, "maker", "maker/bucket", "read")
    info = machine(server).call(
        "[f.xet_hash for f in HfApi().list_repo_tree('maker/bucket') if getattr(f, 'lfs', None)]"
    )
    told = reader.ask("GET", f"/v2/reconstructions/{info[0]}", Range="bytes=0-99").json()
    ((entry,),) = told["xorbs"].values()
    query = parse_qs(urlsplit(entry["url"]).query)
    assert query["X-Amz-SignedHeaders"] == ["host;range"]
    span = entry["ranges"][0]["bytes"]
    answer = httpx2.get(entry["url"], headers={"Range": f"bytes={span['start']}-{span['end']}"})
    assert answer.status_code == 206
    assert len(answer.content) == span["end"] - span["start"] + 1
    wider = {"Range": f"bytes={span['start']}-{span['end'] + 1}"}
    assert httpx2.get(entry["url"], headers=wider).status_code == 403
    assert httpx2.get(entry["url"]).status_code == 403
    assert httpx2.put(entry["url"], content=b"x").status_code == 403


def crc64nvme(content: bytes) -> int:
    crc = ones = 2**64 - 1
    for byte in content:
        crc ^= byte
        for _bit in range(8):
            crc = (crc >> 1) ^ (0x9A6C9329AC4BC9B5 if crc & 1 else 0)
    return crc ^ ones


def granted(server: Server, raw: bytes, name: bytes) -> tuple[Cas, dict]:
    token = cas(server, "maker", "maker/bucket")
    checksum = {"algo": "crc64nvme", "value": str(crc64nvme(raw))}
    body = json.dumps({"length": len(raw), "checksum": checksum}).encode()
    answer = token.ask("POST", f"/v1/xorb-grants/default/{hashes.to_text(name)}", body)
    assert answer.status_code == 201, answer.text
    return token, answer.json()


def test_a_xorb_is_sent_to_a_staging_key_and_checked_before_it_is_there(
    server: Server, weights: bytes
) -> None:
    contents = chunks_of(os.urandom(10_000), 4000)
    raw, name = xorbs.packed(contents), name_of(*contents)
    token, told = granted(server, raw, name)
    assert "/staging/" in told["url"] and name.hex()[4:] not in told["url"]
    signed = parse_qs(urlsplit(told["url"]).query)["X-Amz-SignedHeaders"][0]
    assert {"content-length", "host", "x-amz-checksum-crc64nvme"} <= set(signed.split(";"))
    commit = f"/v1/xorb-commits/default/{hashes.to_text(name)}/grant/{told['id']}"
    assert token.ask("POST", commit).status_code == 404  # nothing was sent
    flipped = raw[:-1] + bytes([raw[-1] ^ 1])
    assert httpx2.put(told["url"], content=flipped, headers=told["headers"]).status_code == 400
    assert httpx2.put(told["url"], content=raw).status_code == 403  # without what is signed
    assert httpx2.put(told["url"], content=raw, headers=told["headers"]).status_code == 200
    machine(server).call("HfApi().create_repo('bucket-other', exist_ok=True)")
    assert cas(server, "maker", "maker/bucket-other").ask("POST", commit).status_code == 404
    assert token.ask("POST", commit).json() == {"was_inserted": True}
    assert token.ask("POST", commit).status_code == 404  # it is taken
    assert httpx2.get(told["url"]).status_code == 403
    other = commit.replace(hashes.to_text(name), "1" * 64)
    assert token.ask("POST", other).status_code == 404


def test_what_is_not_the_xorb_it_was_said_to_be_goes(server: Server, weights: bytes) -> None:
    raw, name = xorbs.packed(chunks_of(os.urandom(3000))), name_of(os.urandom(3000))
    token, told = granted(server, raw, name)
    assert httpx2.put(told["url"], content=raw, headers=told["headers"]).status_code == 200
    commit = f"/v1/xorb-commits/default/{hashes.to_text(name)}/grant/{told['id']}"
    assert token.ask("POST", commit).status_code == 400
    left = "print([*store.bucket.keys('staging/'), *store.bucket.keys('incoming/')])"
    assert python(server, left).strip() == "[]"
    assert (
        python(server, f"print(xorb_store.has(bytes.fromhex('{name.hex()}')))").strip() == "False"
    )


SCRUB = """
from django.core.management import CommandError, call_command
from models_registry.models import XetFile
call_command("scrub", "--dry-run")
xorb = XetFile.objects.get(blob=SHA256).xorbs.get()
key = xorb_store.key(xorb.hash)
raw = store.bucket.get_bytes(key)
store.bucket.put_bytes(key, raw[:99] + bytes([raw[99] ^ 1]) + raw[100:])
try:
    call_command("scrub")
except CommandError as error:
    print(error)
store.bucket.put_bytes(key, raw)
call_command("scrub", "--dry-run")
xorb.damaged_at = None
xorb.save()
"""


def test_a_scrub_reads_the_bucket(server: Server, weights: bytes) -> None:
    said = python(server, f"SHA256 = {hashlib.sha256(weights).hexdigest()!r}\n{SCRUB}")
    assert said.count("All is as it was stored.") == 2
    assert "1 of them are damaged." in said
    assert "part of maker/bucket@" in said


def test_a_bucket_that_is_away_is_503_with_a_sentence(
    server: Server, weights: bytes, portal_template: Path, tmp_path: Path
) -> None:
    nobody = {
        **s3.KEYS,
        "COMMONHOLD_S3_BUCKET": "x",
        "COMMONHOLD_S3_ENDPOINT": "http://127.0.0.1:9",
    }
    with serving(portal_template, tmp_path / "data", **nobody) as away:
        client = machine(away)
        client.call("HfApi().create_repo('away')")
        contents = chunks_of(os.urandom(1000))
        token = cas(away, "maker", "maker/away")
        raw, name = xorbs.packed(contents), name_of(*contents)
        answer = token.ask("POST", f"/v1/xorbs/default/{hashes.to_text(name)}", raw)
        assert answer.status_code == 503
        assert "does not answer" in answer.text
        assert client.call("HfApi().model_info('maker/away').id") == "maker/away"
