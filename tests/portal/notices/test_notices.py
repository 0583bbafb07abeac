"""Telling people: in their language, as they want it, and no more once they said so."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import notices, tokens
from portal.jobs import running
from portal.jobs.models import Job
from portal.notices import choices
from portal.notices.models import Notice
from portal.notices.sending import Wish
from portal.organisations import room
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
KIND = "test_revision"


@pytest.fixture(autouse=True)
def _kinds(monkeypatch):
    monkeypatch.setattr("portal.jobs.broker.send", lambda *args, **kwargs: False)
    monkeypatch.setitem(notices.REGISTRY, KIND, notices.Kind(KIND, _("Yes"), default_mail=True))
    monkeypatch.setitem(
        notices.REGISTRY, "test_safety", notices.Kind("test_safety", "Safety", True, mandatory=True)
    )


def tell(person, kind=KIND, **fields):
    return notices.send(
        person,
        kind,
        subject="New revision of %(repo)s",
        body="%(repo)s has a new revision.",
        url="/maker/mini",
        context={"repo": "maker/mini"},
        **fields,
    )


def run_mails() -> None:
    for job in Job.objects.filter(name="portal.notices.jobs.mail", state="queued"):
        running.execute(job.pk)


# --- sending ------------------------------------------------------------------------------------
def test_a_notice_is_filled_from_its_context(maker):
    assert tell(maker).subject == "New revision of maker/mini"


def test_each_is_told_in_their_own_language(maker, reader_zh):
    yes = _("Yes")  # a word that Django itself translates
    written = notices.send_many([maker, reader_zh], KIND, subject=yes, body=yes)
    assert {n.person.username: n.subject for n in written} == {"maker": "Yes", "reader_zh": "是"}


def test_a_line_break_cannot_smuggle_a_header_into_the_subject(maker):
    notice = notices.send(
        maker, KIND, subject="%(x)s", body="b", context={"x": "a\r\nBcc: all@example.org"}
    )
    assert notice.subject == "a Bcc: all@example.org"


def test_a_notice_that_nobody_wants_is_not_written(maker):
    choices.choose(maker, {KIND: Wish(in_app=False, mail=False)})
    assert tell(maker) is None
    assert not Notice.objects.exists()


def test_what_concerns_safety_is_told_whatever_was_chosen(maker):
    choices.choose(maker, {"test_safety": Wish(in_app=False, mail=False)})
    notice = tell(maker, "test_safety")
    assert (notice.in_app, notice.mail) == (True, True)


def test_telling_many_costs_the_same_queries_as_telling_two(maker):
    people = [maker, *PersonFactory.create_batch(6)]
    for person in people:
        choices.choose(person, {KIND: Wish(in_app=True, mail=False)})
    costs = []
    for told in (people[:2], people):
        with CaptureQueriesContext(connection) as asked:
            assert len(notices.send_many(told, KIND, subject="s", body="b")) == len(told)
        costs.append(len(asked))
    few, many = costs
    assert many == few <= 3  # their choices, the notices; PostgreSQL is asked for the time


def test_an_undeclared_kind_is_a_mistake_of_ours(maker):
    with pytest.raises(KeyError):
        tell(maker, "nothing")


# --- mail ---------------------------------------------------------------------------------------
def test_the_mail_is_sent_once_with_one_click_unsubscription(maker):
    notice = tell(maker)
    run_mails()
    run_mails()
    [sent] = mail.outbox
    assert sent.to == [maker.email]
    assert "maker/mini has a new revision." in sent.body
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(notice.uuid) in sent.extra_headers["Message-ID"]
    assert Notice.objects.get().mailed_at is not None


def test_no_mail_to_an_address_that_nobody_confirmed():
    tell(PersonFactory(username="fresh", verified=False))
    run_mails()
    assert mail.outbox == []


def test_no_mail_to_somebody_who_is_gone(maker):
    tell(maker)
    maker.is_active = False
    maker.save()
    run_mails()
    assert mail.outbox == []


def test_a_mail_server_that_is_down_is_tried_again(maker, monkeypatch):
    tell(maker)

    def refuse(*args, **kwargs):
        raise ConnectionRefusedError("no server")

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", refuse)
        run_mails()
    job = Job.objects.get(name="portal.notices.jobs.mail")
    assert (job.state, Notice.objects.get().mailed_at) == ("queued", None)


def test_one_click_stops_the_mails_and_not_the_notices(maker):
    tell(maker)
    run_mails()
    address = re.search(r"<(.+)>", mail.outbox[0].extra_headers["List-Unsubscribe"])[1]
    path = "/" + address.split("/", 3)[3]
    browser = Client(enforce_csrf_checks=True)
    assert browser.get(path).status_code == 200
    assert choices.of(maker)[KIND].mail is True
    done = browser.post(path, {"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert choices.of(maker)[KIND] == Wish(in_app=True, mail=False)
    assert tell(maker).mail is False


def test_a_forged_word_stops_nothing(maker, client):
    token = choices.unsubscribe_token(maker, KIND)
    for forged in (token[:-2] + "xx", "x", choices.unsubscribe_token(maker, "nothing")):
        assert client.post(reverse("unsubscribe", args=[forged])).status_code == 404


# --- pages --------------------------------------------------------------------------------------
def test_the_inbox_is_ones_own_and_opening_is_reading(maker, outsider, sign_in):
    notice = tell(maker)
    browser = sign_in(maker)
    assert notice.subject in browser.get(reverse("notices")).content.decode()
    assert notice.subject not in sign_in(outsider).get(reverse("notices")).content.decode()
    address = reverse("notice", args=[notice.uuid])
    assert sign_in(outsider).get(address).status_code == 404
    assert Notice.objects.unread().count() == 1
    assert 'href="/maker/mini"' in browser.get(address).content.decode()
    assert Notice.objects.unread().count() == 0


def test_marking_all_as_read_touches_only_ones_own(maker, outsider, sign_in):
    tell(maker)
    tell(outsider)
    sign_in(maker).post(reverse("notices_read"))
    assert [n.person for n in Notice.objects.unread()] == [outsider]


def test_the_header_counts_what_is_unread_and_asks_nothing_for_visitors(maker, sign_in, client):
    tell(maker)
    tell(maker)
    assert "2 unread notices" in sign_in(maker).get(reverse("notices")).content.decode()
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("policies"))
    assert not [query for query in asked if "portal_notice" in query["sql"]]


def test_the_inbox_keeps_its_ceiling(maker, sign_in, django_assert_max_num_queries):
    for _number in range(40):
        tell(maker)
    browser = sign_in(maker)
    with django_assert_max_num_queries(8):
        assert browser.get(reverse("notices")).status_code == 200


def test_choosing_on_the_page(maker, sign_in):
    browser = sign_in(maker)
    assert browser.get(reverse("settings_notices")).status_code == 200
    browser.post(reverse("settings_notices"), {f"app:{KIND}": "on"})
    assert choices.of(maker)[KIND] == Wish(in_app=True, mail=False)
    browser.post(reverse("settings_notices"), {f"mail:{KIND}": "now"})
    assert choices.of(maker)[KIND] == Wish(in_app=False, mail=True)
    browser.post(reverse("settings_notices"), {f"mail:{KIND}": "weekly", f"feed:{KIND}": "on"})
    assert choices.of(maker)[KIND] == Wish(False, True, "weekly", feed=True)
    browser.post(reverse("settings_notices"), {f"mail:{KIND}": "hourly"})
    assert choices.of(maker)[KIND] == Wish(in_app=False, mail=False)
    assert choices.of(maker)["test_safety"] == Wish(in_app=True, mail=True)


# --- what the rooms of the foundation tell ------------------------------------------------------
def test_the_owner_of_a_leaked_token_is_told_and_cannot_choose_not_to_be(maker, client):
    choices.choose(maker, {"token_leaked": Wish(False, False)})
    _token, secret = tokens.issue(maker, name="laptop", role="write")
    client.post("/tokens/leaked", {"token": secret})
    run_mails()
    [notice], [sent] = Notice.objects.all(), mail.outbox
    assert notice.person == maker
    assert sent.to == [maker.email]
    assert "laptop" in sent.body
    assert secret not in sent.body
    assert reverse("settings_tokens") in sent.body


def test_who_is_invited_by_an_organisation_is_told_in_their_language(maker, reader_zh):
    circle = room.create(handle="circle", by=maker)
    room.invite(circle, by=maker, handle="reader_zh", role="member")
    run_mails()
    [notice], [sent] = Notice.objects.all(), mail.outbox
    assert notice.person == reader_zh
    assert "circle" in notice.subject
    assert re.search(r"[\u4e00-\u9fff]", notice.subject)
    assert reverse("settings_organisations") in sent.body
    assert "maker" in sent.body
