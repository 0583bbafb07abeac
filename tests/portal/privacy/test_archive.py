"""One archive with everything about a person, and about nobody else."""

import datetime as dt
import hashlib
import io
import json
import zipfile

import pytest
from django.urls import reverse

from portal import tokens
from portal.clock import shifted
from portal.jobs import running
from portal.jobs.models import Job
from portal.notices.models import Notice
from portal.privacy import REGISTRY, archives
from portal.privacy.jobs import drop_archives
from portal.privacy.models import Export
from tests.support import documents

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    monkeypatch.setattr("portal.jobs.broker.send", lambda *args, **kwargs: False)


def run_jobs() -> None:
    for job in Job.objects.filter(name=archives.JOB, state="queued"):
        running.execute(job.pk)


def fetched(browser, export) -> zipfile.ZipFile:
    answer = browser.get(reverse("archive", args=[export.uuid]))
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_the_archive_holds_account_agreements_with_texts_notices_and_events(maker, sign_in):
    version = documents.version()
    row = documents.accepted(maker, version, surroundings={"ip_prefix": "192.0.2.0/24"})
    _token, secret = tokens.issue(maker, name="laptop", role="read")
    browser = sign_in(maker)
    browser.post(reverse("ask_archive"))
    run_jobs()
    export = Export.objects.get()
    archive = fetched(browser, export)
    said = {name: archive.read(name).decode() for name in archive.namelist()}
    account = json.loads(said["account.json"])
    assert account["profile"]["email"] == maker.email
    assert account["access_tokens"][0]["name"] == "laptop"
    assert secret not in "".join(said.values())
    assert maker.password not in "".join(said.values())
    [acceptance] = json.loads(said["agreements.json"])["acceptances"]
    assert acceptance["receipt"]["record"]["id"] == str(row.pk)
    assert acceptance["details"] == {"ip_prefix": "192.0.2.0/24"}
    text = said["agreements/house-rules-1.en.txt"]
    assert hashlib.sha256(text.encode()).hexdigest() == row.text_sha256
    kinds = {event["kind"] for event in json.loads(said["events.json"])["events"]}
    assert "portal:token:created" in kinds
    assert "agreements.json" in said["README.txt"]
    assert set(REGISTRY) >= {"account", "agreements", "notices", "events"}


def test_it_is_announced_and_its_hash_is_kept(maker, sign_in):
    archives.ask(maker)
    run_jobs()
    export = Export.objects.get()
    content = archives.path_of(export).read_bytes()
    assert (export.size, export.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert archives.path_of(export).stat().st_mode & 0o077 == 0
    assert Notice.objects.get(person=maker).kind == "archive_ready"
    assert sign_in(maker).get(reverse("settings_privacy")).status_code == 200


def test_asking_twice_makes_one_archive(maker):
    assert archives.ask(maker) == archives.ask(maker)
    assert Job.objects.filter(name=archives.JOB).count() == 1


def test_nobody_fetches_the_archive_of_somebody_else(maker, outsider, admin, sign_in, client):
    archives.ask(maker)
    run_jobs()
    address = reverse("archive", args=[Export.objects.get().uuid])
    for person in (outsider, admin):
        assert sign_in(person).get(address).status_code == 404
    assert client.get(address).status_code == 302


def test_nothing_about_others_is_in_it(maker, outsider):
    documents.accepted(outsider, documents.version(), surroundings={"ip_prefix": "203.0.113.0/24"})
    tokens.issue(outsider, name="their-laptop", role="read")
    everything = "".join(archives.files_of(maker).values())
    for secret in (outsider.email, outsider.opaque, "203.0.113", "their-laptop"):
        assert secret not in everything


@pytest.mark.db
def test_it_is_kept_for_a_week(maker, sign_in):
    archives.ask(maker)
    run_jobs()
    export = Export.objects.get()
    path = archives.path_of(export)
    with shifted(archives.KEPT + dt.timedelta(minutes=1)):
        assert sign_in(maker).get(reverse("archive", args=[export.uuid])).status_code == 404
        assert drop_archives.work(None) == {"dropped": 1}
    assert not path.exists()
    assert not Export.objects.exists()
