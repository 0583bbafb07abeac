"""Feedback: starting a thread, answering, reacting, and what becomes of it."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance import notices
from governance.feedback.models import FeedbackPost, FeedbackThread, Reaction, Target, ThreadState
from governance.feedback.targets import maintainers, resolve
from portal import events, search
from portal.clock import db_now
from portal.errors import Invalid, NotNow

if TYPE_CHECKING:
    from governance.proposals.models import Proposal
    from portal.people.models import Person

OPEN = (ThreadState.NEW, ThreadState.LINKED)
LONGEST = 5000


def start(
    *, by: "Person", title: str, text: str, about: str = Target.FREE, target: str = ""
) -> FeedbackThread:
    """Start a thread about something that is there; those who look after it are told."""
    title = " ".join(title.split())
    if not title or len(title) > 160:
        raise Invalid(_("Feedback needs a title of at most 160 characters."))
    target = resolve(about, target, by)
    now = db_now()
    with transaction.atomic():
        thread = FeedbackThread.objects.create(
            about=about,
            target=target,
            title=title,
            author=by,
            language=(by.language or "en")[:2],
            created_at=now,
            last_at=now,
        )
        _post(thread, by, text)
        _record("started", thread, by, about=about, target=target)
        notices.received(thread, maintainers(about, target))
        _let_find(thread, text)
    return thread


def answer(thread: FeedbackThread, *, by: "Person", text: str) -> FeedbackPost:
    _refuse_closed(thread)
    with transaction.atomic():
        post = _post(thread, by, text)
        FeedbackThread.objects.filter(pk=thread.pk).update(last_at=post.at)
        _record("answered", thread, by)
        notices.answered(thread, by)
    return post


def react(thread: FeedbackThread, *, by: "Person", sign: str) -> None:
    """Put one's sign under a thread; an empty one takes it away."""
    if sign and sign not in Reaction.Sign.values:
        raise Invalid
    with transaction.atomic():
        if sign:
            Reaction.objects.update_or_create(
                thread=thread, person=by, defaults={"sign": sign, "at": db_now()}
            )
        else:
            Reaction.objects.filter(thread=thread, person=by).delete()
        _record("reacted", thread, by)


def decline(thread: FeedbackThread, *, by: "Person", reason: str) -> None:
    """Close a thread that leads nowhere, with the reason."""
    if not reason.strip():
        raise Invalid(_("Say why, for everybody to read."))
    with transaction.atomic():
        _settle(thread, ThreadState.DECLINED, reason=reason.strip()[:2000])
        _record("declined", thread, by, reason=reason.strip()[:2000])


def merge(thread: FeedbackThread, *, by: "Person", into: FeedbackThread) -> None:
    """Close a duplicate: it points at the thread where the matter goes on."""
    if into.pk == thread.pk or into.state == ThreadState.MERGED:
        raise Invalid(_("A thread is merged into another one that is not merged itself."))
    with transaction.atomic():
        _settle(thread, ThreadState.MERGED, merged_into=into)
        FeedbackThread.objects.filter(merged_into=thread).update(merged_into=into)
        _record("merged", thread, by, into=into.pk)


def linked(thread: FeedbackThread, *, proposal: "Proposal") -> None:
    """Note that a thread has led to a proposal."""
    changed = FeedbackThread.objects.filter(pk=thread.pk, state=ThreadState.NEW)
    if changed.update(state=ThreadState.LINKED, last_at=db_now()):
        _record("linked", thread, None, proposal=proposal.pk)


def _let_find(thread: FeedbackThread, text: str) -> None:
    from governance.search import thread_entry

    search.index_entry(thread_entry(thread, text))


def _refuse_closed(thread: FeedbackThread) -> None:
    if thread.state not in OPEN:
        raise NotNow(_("This thread is closed."))


def _settle(thread: FeedbackThread, state: ThreadState, **fields: object) -> None:
    rows = FeedbackThread.objects.filter(pk=thread.pk, state__in=OPEN)
    if not rows.update(state=state, last_at=db_now(), **fields):
        raise NotNow(_("This thread is closed."))
    thread.refresh_from_db()


def _post(thread: FeedbackThread, by: "Person", text: str) -> FeedbackPost:
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise Invalid(_("Please write between 1 and 5,000 characters."))
    return FeedbackPost.objects.create(
        thread=thread, person=by, text=text, language=(by.language or "en")[:2], at=db_now()
    )


def _record(action: str, thread: FeedbackThread, by: "Person | None", **body: object) -> None:
    events.record(
        f"governance:feedback:{action}", actor=by, subject=f"feedback:{thread.pk}", body=body
    )
