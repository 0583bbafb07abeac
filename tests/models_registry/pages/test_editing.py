"""Texts changed in the browser, the activity of a repo, its hashes, and who hears of it."""

import subprocess
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from models_registry import repos, revisions, watching
from models_registry.gate import requests
from models_registry.models import Repo, Watch
from models_registry.pages import sums
from models_registry.watching import notices
from portal.agreements.publishing import Text
from portal.clock import db_now
from portal.jobs import handlers as jobs
from portal.jobs.models import Job
from portal.licences.library import COMMONHOLD_DEMO, load_demo_licence
from portal.licences.models import LicenceVersion
from portal.licences.publishing import Family, publish
from portal.notices.models import Notice
from portal.organisations.models import Organisation
from tests.factories import make_lfs

pytestmark = pytest.mark.django_db
EDIT = "/maker/counter/edit/README.md"


def licence(slug: str) -> LicenceVersion:
    call_command("load_documents", verbosity=0)
    return LicenceVersion.objects.current().get(licence__slug=slug)


def opened(repo, path: str = "README.md") -> str:
    return revisions.entry(revisions.resolve(repo), path).oid


def test_the_card_is_changed_as_a_commit_of_its_editor(sign_in, maker, repo):
    form = {"text": "# Better\r\n\r\nText.\r\n", "summary": "Say it better", "before": opened(repo)}
    answer = sign_in(maker).post(EDIT, form)
    assert answer["Location"] == "/maker/counter"
    revision = revisions.resolve(repo)
    newest = revisions.history(revision, limit=1)[0]
    assert (newest.title, newest.author) == ("Say it better", maker)
    assert revisions.read(revisions.entry(revision, "README.md")) == b"# Better\n\nText.\n"


def test_a_preview_changes_nothing_and_shows_the_card_and_the_difference(sign_in, maker, repo):
    head = revisions.resolve(repo).oid
    form = {"text": "# A *new* card\n<script>alert(1)</script>", "deed": "preview"}
    page = sign_in(maker).post(EDIT, form | {"before": opened(repo)}).content.decode()
    assert "<em>new</em>" in page
    assert "<script>alert" not in page
    assert "<b>+ # A *new* card" in page
    assert revisions.resolve(repo).oid == head


def test_a_card_without_a_licence_is_warned_of_before_it_is_saved(sign_in, maker, repo):
    form = {"text": "---\nlanguage: en\n---\n", "deed": "preview", "before": opened(repo)}
    assert "no license is named" in sign_in(maker).post(EDIT, form).content.decode()


def test_who_was_slower_keeps_the_text_and_is_told(sign_in, maker, repo):
    before = opened(repo)
    browser = sign_in(maker)
    browser.post(EDIT, {"text": "# First", "before": before})
    answer = browser.post(EDIT, {"text": "# Second", "before": before})
    assert answer.status_code == 422
    assert "# Second" in answer.content.decode()
    entry = revisions.entry(revisions.resolve(repo), "README.md")
    assert revisions.read(entry) == b"# First"


def test_a_card_that_is_not_there_yet_is_begun(sign_in, maker):
    made = repos.create(maker.namespace, "bare", by=maker)
    browser = sign_in(maker)
    assert "# bare" in browser.get("/maker/bare/edit/README.md").content.decode()
    browser.post("/maker/bare/edit/README.md", {"text": "# Bare", "before": ""})
    assert revisions.entry(revisions.resolve(made), "README.md").size == 6


def test_only_those_who_may_write_edit_and_remove(sign_in, voter, repo):
    browser = sign_in(voter)
    assert browser.get(EDIT).status_code == 403
    assert browser.post("/maker/counter/remove/config.json").status_code == 403


def test_a_file_is_removed_and_stays_in_older_revisions(sign_in, maker, repo):
    before = revisions.resolve(repo).oid
    sign_in(maker).post("/maker/counter/remove/config.json")
    with pytest.raises(revisions.EntryNotFound):
        revisions.entry(revisions.resolve(repo), "config.json")
    assert revisions.entry(revisions.resolve(repo, before), "config.json").size


def test_the_hashes_are_as_sha256sum_reads_them(client, repo, maker, tmp_path, monkeypatch):
    monkeypatch.setattr(sums, "PAGE", 2)
    large = make_lfs(repo, maker, b"\0weights" * 100)("模型 1.safetensors")
    revisions.commit(repo, author=maker, operations=[large], summary="Weights")
    revision = revisions.resolve(repo)
    for entry in revisions.listing(revision, recursive=True):
        if entry.is_file:
            (tmp_path / entry.path).parent.mkdir(exist_ok=True)
            (tmp_path / entry.path).write_bytes(revisions.read(entry))
    (tmp_path / "SHA256SUMS").write_bytes(client.get("/maker/counter/sha256sums/main").getvalue())
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == 5


# --- watching -----------------------------------------------------------------------------------
def test_watching_is_a_switch_that_only_oneself_sees(sign_in, voter, maker, repo):
    browser = sign_in(voter)
    browser.post("/maker/counter/watch", {"deed": "start"})
    browser.post("/maker/counter/watch", {"deed": "start"})
    assert Watch.objects.get().person == voter
    assert "maker/counter" in browser.get("/settings/watching").content.decode()
    assert "Watching" not in sign_in(maker).get("/maker/counter").content.decode()
    browser.post("/maker/counter/watch", {"deed": "stop"})
    assert not Watch.objects.exists()


def test_who_watches_is_told_of_a_revision_once_while_it_is_unread(repo, voter, maker):
    watching.watch(repo, voter)
    watching.watch(repo, maker)
    com = revisions.history(revisions.resolve(repo), limit=1)[0]
    notices.new_revision(repo, com)
    notices.new_revision(repo, com)
    told = Notice.objects.get()
    assert (told.person, told.url) == (voter, "/maker/counter/activity")
    assert "Add the card" in told.body
    Notice.objects.update(read_at=told.created_at)
    assert len(notices.new_revision(repo, com)) == 1


def test_a_commit_and_a_new_licence_leave_jobs_that_tell(repo, voter, maker):
    watching.watch(repo, voter)
    operations = [revisions.AddFile("new.txt", b"new")]
    revisions.commit(repo, author=maker, operations=operations, summary="Something new")
    repos.settle(repo, {"licence": licence("apache-2.0")}, by=maker)
    for job in Job.objects.filter(name__startswith="models_registry.watching.jobs."):
        jobs.find(job.name)(SimpleNamespace(payload=job.payload))
    told = set(Notice.objects.filter(person=voter).values_list("kind", flat=True))
    assert told == {notices.REVISION, notices.LICENCE}


def next_version(licensor) -> LicenceVersion:
    texts = {"en": Text("Demo", "Other words."), "zh": Text("演示", "另一段文字。")}
    family = Family("commonhold-demo", "Commonhold Demonstration Licence")
    return publish(family, "2", texts, COMMONHOLD_DEMO, licensor=licensor)


@pytest.fixture
def under_demo_licence(repo, maker) -> Organisation:
    """Put the repo under a licence; returns who can publish its next version."""
    licensor = Organisation.objects.create(handle="licensor")
    repos.settle(repo, {"licence": load_demo_licence(licensor)}, by=maker)
    return licensor


def test_who_watches_is_told_once_of_the_licences_next_version(
    under_demo_licence, repo, voter, maker, outsider
):
    other = repos.create(maker.namespace, "other", by=maker)
    repos.settle(other, {"licence": repo.licence}, by=maker)
    for watched in (repo, other):
        watching.watch(watched, voter)
    Job.objects.all().delete()
    version = next_version(under_demo_licence)
    (job,) = Job.objects.filter(name="models_registry.watching.jobs.tell_of_version")
    for _twice in range(2):
        jobs.find(job.name)(SimpleNamespace(payload=job.payload))
    told = Notice.objects.get(kind=notices.LICENCE)
    assert told.person == voter
    assert told.url == version.document_version.accept_url
    assert "Version 2 holds for the files of maker/counter, maker/other now." in told.body


def test_the_next_version_of_the_licence_is_in_the_activity_and_the_feed(
    under_demo_licence, repo, client
):
    Repo.objects.update(created_at=db_now())  # version 1 was there before the repo
    next_version(under_demo_licence)
    for page in ("activity", "activity.atom"):
        text = client.get(f"/maker/counter/{page}").content.decode()
        assert "New version of the licence" in text
        assert "/licences/commonhold-demo/2/" in text
        assert "/licences/commonhold-demo/1/" not in text  # older than the repo


def test_what_went_out_of_sight_is_not_told(repo, voter, maker):
    watching.watch(repo, voter)
    repos.settle(repo, {"visibility": "private"}, by=maker)
    assert watching.watchers(repo) == []


# --- activity -----------------------------------------------------------------------------------
def test_the_activity_names_commits_and_licences(client, repo, maker):
    repos.settle(repo, {"licence": licence("mit")}, by=maker)
    page = client.get("/maker/counter/activity").content.decode()
    assert "Add the card" in page
    assert "licence: MIT" in page


def test_the_feed_holds_revisions_and_licences_only(client, repo, maker):
    repos.settle(repo, {"gated": "manual"}, by=maker)
    answer = client.get("/maker/counter/activity.atom")
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = answer.content.decode()
    assert feed.count("<entry>") == 2
    assert "Add the card" in feed


def test_requests_for_access_are_the_owners_business(client, sign_in, repo, maker, voter):
    repos.settle(repo, {"gated": "manual"}, by=maker)
    requests.ask(repo, voter, fields={})
    assert "asked for access" not in client.get("/maker/counter/activity").content.decode()
    assert "asked for access" in sign_in(maker).get("/maker/counter/activity").content.decode()


# --- access -------------------------------------------------------------------------------------
def test_owner_and_asker_hear_of_each_other(sign_in, repo, maker, voter):
    repos.settle(repo, {"gated": "manual"}, by=maker)
    asked = requests.ask(repo, voter, fields={})
    assert Notice.objects.get(person=maker).url == "/maker/counter/requests"
    page = sign_in(maker).get("/maker/counter/requests").content.decode()
    assert str(asked.uuid) in page
    requests.reject(asked, by=maker, reason="Not for sale")
    assert "Not for sale" in Notice.objects.get(person=voter).body
    assert "Not for sale" in sign_in(voter).get("/settings/access").content.decode()


def test_access_is_given_unasked_and_given_up(sign_in, repo, maker, voter):
    repos.settle(repo, {"gated": "manual"}, by=maker)
    browser = sign_in(maker)
    assert browser.post("/maker/counter/requests", {"handle": "nobody-here"}).status_code == 422
    browser.post("/maker/counter/requests", {"handle": "voter"})
    given = requests.of(repo, voter)
    assert given.state == "accepted"
    sign_in(voter).post(f"/settings/access/{given.uuid}/withdraw")
    given.refresh_from_db()
    assert given.state == "withdrawn"
