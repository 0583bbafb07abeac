"""One mail of what waited a day or a week, and a feed of one's own."""

import datetime as dt
import re
import xml.etree.ElementTree as ET

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from portal import jobs as outbox
from portal import notices
from portal.clock import shifted
from portal.jobs import running
from portal.jobs.models import Job
from portal.notices import choices, digests, feeds, jobs
from portal.notices.models import Notice
from portal.notices.sending import Wish

pytestmark = pytest.mark.db
KIND, OTHER = "test_votes", "test_feedback"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def _kinds(database, monkeypatch):
    monkeypatch.setattr("portal.jobs.broker.send", lambda *args, **kwargs: False)
    for name in (KIND, OTHER):
        monkeypatch.setitem(notices.REGISTRY, name, notices.Kind(name, name, default_mail=True))


def tell(person, subject, kind=KIND):
    return notices.send(person, kind, subject=subject, body="Look.", url="/polls/1/")


def beat() -> None:
    """Do what the beat does: write the digests that are due, and run every job there is."""
    if digests.any_due():
        running.execute(_job("portal.notices.jobs.write_digests"))
    for job in Job.objects.filter(name__startswith="portal.notices", state="queued"):
        running.execute(job.pk)


def _job(name: str) -> int:
    return outbox.enqueue(name, f"beat {Job.objects.count()}", {}).pk


def test_notices_of_a_day_come_in_one_mail(maker):
    choices.choose(maker, {KIND: Wish(True, True, "daily"), OTHER: Wish(True, True, "daily")})
    tell(maker, "A vote is open")
    tell(maker, "An answer", OTHER)
    beat()
    assert mail.outbox == []
    with shifted(dt.timedelta(days=1, minutes=1)):
        beat()
        beat()
    [sent] = mail.outbox
    assert sent.subject.endswith("2 notices")
    assert "A vote is open" in sent.body and "An answer" in sent.body
    assert "/polls/1/" in sent.body
    assert not Notice.objects.waiting().exists()


def test_a_week_is_waited_for_where_that_was_chosen(maker):
    choices.choose(maker, {KIND: Wish(True, True, "weekly")})
    tell(maker, "A vote is open")
    with shifted(dt.timedelta(days=2)):
        beat()
    assert mail.outbox == []
    with shifted(dt.timedelta(days=7, minutes=1)):
        beat()
    assert len(mail.outbox) == 1


def test_one_click_ends_the_digests_and_nothing_else(maker):
    choices.choose(maker, {KIND: Wish(True, True, "daily"), OTHER: Wish(True, True)})
    tell(maker, "A vote is open")
    with shifted(dt.timedelta(days=2)):
        beat()
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = "/" + re.search(r"<(.+)>", headers["List-Unsubscribe"])[1].split("/", 3)[3]
    browser = Client(enforce_csrf_checks=True)
    assert browser.get(path).status_code == 200
    assert choices.of(maker)[KIND].mail is True
    assert browser.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert choices.of(maker)[KIND] == Wish(True, False, "daily")
    assert choices.of(maker)[OTHER] == Wish(True, True)


def test_a_digest_goes_to_no_address_that_nobody_confirmed():
    from tests.factories import PersonFactory

    person = PersonFactory(username="fresh", verified=False)
    choices.choose(person, {KIND: Wish(True, True, "daily")})
    tell(person, "A vote is open")
    with shifted(dt.timedelta(days=2)):
        beat()
        assert mail.outbox == []
        assert not digests.any_due()


def test_a_mail_server_that_is_down_loses_no_digest(maker, monkeypatch):
    choices.choose(maker, {KIND: Wish(True, True, "daily")})
    tell(maker, "A vote is open")

    def refuse(*args, **kwargs):
        raise ConnectionRefusedError("no server")

    with monkeypatch.context() as broken, shifted(dt.timedelta(days=2)):
        broken.setattr("django.core.mail.EmailMessage.send", refuse)
        beat()
    assert Job.objects.get(name=jobs.DIGEST).state == "queued"
    assert Notice.objects.waiting().count() == 1


# --- the feed -----------------------------------------------------------------------------------
def entries(client, address: str) -> list[str]:
    answer = client.get("/" + address.split("/", 3)[3])
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    return [
        one.findtext(f"{ATOM}title") for one in ET.fromstring(answer.content).iter(f"{ATOM}entry")
    ]


def test_a_feed_holds_what_was_chosen_for_it(maker, outsider, client):
    choices.choose(maker, {KIND: Wish(False, False, feed=True), OTHER: Wish(True, False)})
    tell(maker, "A vote is open")
    tell(maker, "An answer", OTHER)
    tell(outsider, "Not for maker")
    feeds.renew(maker)
    assert entries(client, feeds.address_of(maker)) == ["A vote is open"]


def test_a_new_address_closes_the_old_one(maker, sign_in, client):
    assert feeds.address_of(maker) == ""
    browser = sign_in(maker)
    browser.post(reverse("notices_feed_renew"))
    old = feeds.address_of(maker)
    assert old in browser.get(reverse("settings_notices")).content.decode()
    browser.post(reverse("notices_feed_renew"))
    assert client.get("/" + old.split("/", 3)[3]).status_code == 404
    assert entries(client, feeds.address_of(maker)) == []
    for forged in ("x", choices.unsubscribe_token(maker, KIND)):
        assert client.get(reverse("notices_feed", args=[forged])).status_code == 404


def test_the_feed_of_somebody_who_left_is_gone(maker, client):
    feeds.renew(maker)
    address = feeds.address_of(maker)
    type(maker).objects.filter(pk=maker.pk).update(is_active=False)
    assert client.get("/" + address.split("/", 3)[3]).status_code == 404
