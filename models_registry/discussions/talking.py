"""Deeds in a discussion: each a transaction with its entry on the timeline and its event."""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from models_registry.models import CommentVersion, Discussion, DiscussionEntry, Ref, Repo
from models_registry.models.discussions import DiscussionState, EntryKind
from portal import events, jobs
from portal.clock import db_now
from portal.errors import Invalid, NotNow, TooLarge
from portal.people.models import Person

LONGEST_TITLE = 200
LONGEST_COMMENT = 65_536
_TELL = "models_registry.discussions.jobs.tell"

# state, wanted -> whether it may be; merging has its own door
STEPS = {
    ("draft", "open"),
    ("draft", "closed"),
    ("open", "closed"),
    ("open", "draft"),
    ("closed", "open"),
}


def open_discussion(repo: Repo, *, by: Person, title: str, text: str = "") -> Discussion:
    """Start a discussion with its first comment."""
    return _open(repo, next_number(repo), by=by, title=title, text=text, is_pull_request=False)


@transaction.atomic
def open_pull_request(repo: Repo, *, by: Person, title: str, text: str = "") -> Discussion:
    """Open a draft whose ref stands where the default branch does; commits follow."""
    head = Ref.objects.select_related("target").filter(repo=repo, name=repo.default_ref).first()
    if head is None:
        raise NotNow(_("This repo has no commit yet: there is nothing to propose a change to."))
    discussion = _open(repo, next_number(repo), by=by, title=title, text=text, is_pull_request=True)
    Ref.objects.create(
        repo=repo, name=discussion.ref, target=head.target, created_by=by, created_at=db_now()
    )
    return discussion


def next_number(repo: Repo) -> int:
    """Return the next number of the repo; its row is locked until the transaction ends."""
    with transaction.atomic():
        Repo.objects.filter(pk=repo.pk).update(last_number=F("last_number") + 1)
        return Repo.objects.values_list("last_number", flat=True).get(pk=repo.pk)


@transaction.atomic
def _open(
    repo: Repo, number: int, *, by: Person, title: str, text: str, is_pull_request: bool
) -> Discussion:
    now = db_now()
    discussion = Discussion.objects.create(
        repo=repo,
        number=number,
        title=checked_title(title),
        is_pull_request=is_pull_request,
        state=DiscussionState.DRAFT if is_pull_request else DiscussionState.OPEN,
        author=by,
        created_at=now,
        updated_at=now,
    )
    _add(discussion, EntryKind.COMMENT, by, text=checked_text(text))
    record(discussion, "opened", by)
    return discussion


def proposed(repo: Repo, number: int, *, by: Person, title: str, text: str, oid: str) -> None:
    """Open the pull request that a commit with `create_pr` makes; runs in its transaction."""
    discussion = _open(repo, number, by=by, title=title, text=text, is_pull_request=True)
    Discussion.objects.filter(pk=discussion.pk).update(state=DiscussionState.OPEN)
    _add(discussion, EntryKind.COMMIT, by, data={"subject": title, "oid": oid})


def committed(repo: Repo, ref: str, *, by: Person, title: str, oid: str) -> None:
    """Put a commit on the timeline of the pull request it was made for, in its transaction."""
    number = ref.removeprefix("refs/pr/")
    if number.isdigit():
        discussion = Discussion.objects.filter(repo=repo, number=int(number)).first()
        if discussion is not None:
            _add(discussion, EntryKind.COMMIT, by, data={"subject": title, "oid": oid})


def checked_title(title: str) -> str:
    text = " ".join(title.split())
    if not text:
        raise Invalid(_("Give it a title."), code="NoTitle")
    if "\0" in text:
        raise Invalid(_("A title cannot hold a NUL character."), code="BadTitle")
    return text[:LONGEST_TITLE]


def checked_text(text: str) -> str:
    if "\0" in text:
        raise Invalid(_("A comment cannot hold a NUL character."), code="BadComment")
    if len(text) > LONGEST_COMMENT:
        raise TooLarge(_("A comment can have 65,536 characters at most."))
    return text.replace("\r\n", "\n").strip()


@transaction.atomic
def comment(discussion: Discussion, *, by: Person, text: str) -> DiscussionEntry:
    told = checked_text(text)
    if not told:
        raise Invalid(_("Write something first."), code="EmptyComment")
    entry = _add(discussion, EntryKind.COMMENT, by, text=told)
    record(discussion, "commented", by)
    return entry


@transaction.atomic
def rename(discussion: Discussion, *, by: Person, title: str) -> Discussion:
    old, new = discussion.title, checked_title(title)
    if old != new:
        Discussion.objects.filter(pk=discussion.pk).update(title=new)
        discussion.title = new
        _add(discussion, EntryKind.TITLE, by, data={"from": old, "to": new})
        record(discussion, "renamed", by)
    return discussion


@transaction.atomic
def change_state(discussion: Discussion, *, by: Person, state: str, text: str = "") -> Discussion:
    """Open, close or make a draft of it, with a comment where there is something to say."""
    if text.strip():
        comment(discussion, by=by, text=text)
    if discussion.state == state:
        return discussion
    if (discussion.state, state) not in STEPS or (
        state == DiscussionState.DRAFT and not discussion.is_pull_request
    ):
        raise NotNow(_("This step is not possible from the state it is in."))
    move(discussion, by=by, state=state)
    return discussion


def move(discussion: Discussion, *, by: Person, state: str, merged_oid: str = "") -> None:
    """Take it to another state, unless somebody else was faster; runs in a transaction."""
    stands = Discussion.objects.filter(pk=discussion.pk, state=discussion.state)
    if stands.update(state=state, merged_oid=merged_oid) != 1:
        raise NotNow(_("Somebody else was faster. Look again."))
    discussion.state, discussion.merged_oid = state, merged_oid
    _add(discussion, EntryKind.STATUS, by, data={"status": state})
    record(discussion, state, by)


@transaction.atomic
def edit(entry: DiscussionEntry, *, by: Person, text: str) -> DiscussionEntry:
    """Change a comment; what it said before stays with it."""
    told = checked_text(text)
    if not told:
        raise Invalid(_("Write something first."), code="EmptyComment")
    if entry.hidden_at is not None:
        raise NotNow(_("This comment is hidden."))
    if told != entry.text:
        now = db_now()
        CommentVersion.objects.create(entry=entry, text=entry.text, at=now)
        entry.text, entry.edited_at = told, now
        entry.save(update_fields=["text", "edited_at"])
        record(entry.discussion, "edited", by)
    return entry


@transaction.atomic
def hide(entry: DiscussionEntry, *, by: Person) -> DiscussionEntry:
    """Hide a comment; this cannot be taken back."""
    if entry.hidden_at is None:
        entry.hidden_at, entry.hidden_by = db_now(), by
        entry.save(update_fields=["hidden_at", "hidden_by"])
        record(entry.discussion, "hid", by)
    return entry


def _add(
    discussion: Discussion,
    kind: str,
    by: Person,
    *,
    text: str = "",
    data: dict[str, Any] | None = None,
) -> DiscussionEntry:
    now = db_now()
    Discussion.objects.filter(pk=discussion.pk).update(updated_at=now)
    entry = DiscussionEntry.objects.create(
        discussion=discussion, kind=kind, author=by, at=now, text=text, data=data or {}
    )
    if kind != EntryKind.TITLE:
        jobs.enqueue(_TELL, str(entry.uuid), {"entry": entry.pk})
    return entry


def record(discussion: Discussion, deed: str, by: Person) -> None:
    events.record(
        f"registry:discussion:{deed}",
        actor=by,
        subject=f"discussion:{discussion.pk}",
        details={"repo": discussion.repo_id, "number": discussion.number},
    )
