"""Entering a revision for a benchmark."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from finetuning.benchmarks.models import Benchmark, BenchmarkVersion
from finetuning.evaluation import availability, states
from finetuning.evaluation.models import EvaluationRun, RunState
from finetuning.submissions.models import Submission
from models_registry import revisions
from models_registry.models import Com, Repo, Retained
from models_registry.models.repos import Kind, Visibility
from portal import access, events
from portal.access import Actor
from portal.clock import db_now
from portal.errors import Invalid, NotNow
from portal.people.models import Person


class NoBase(Invalid):
    code = "NoBase"
    default = _(
        "Say which model this one was made from: write `base_model:` into the front matter of its "
        "README.md, or name it here."
    )


class NotAModel(Invalid):
    code = "NotAModel"
    default = _("Only models are evaluated; this repo is a data set.")


class EvaluationOff(NotNow):
    code = "EvaluationOff"
    default = _(
        "Evaluation is off on this server: no sandbox works here, and nothing runs without one. "
        "The operator finds the reason with `./commonhold doctor`."
    )


@dataclass(frozen=True)
class Entered:
    """`fresh` is False when this revision was entered before and its run stands."""

    submission: Submission
    run: EvaluationRun
    fresh: bool


def submit(
    actor: Actor, repo: Repo, benchmark: Benchmark, *, rev: str = "", base: str = ""
) -> Entered:
    """Enter what `rev` (branch, tag or commit; default branch if empty) is now for `benchmark`.

    The commit is pinned: the branch may move on. Entering the same revision again returns the run
    that stands, or starts a new one where the last failed or was cancelled.
    """
    access.require(actor, "write", repo)
    if repo.kind != Kind.MODEL:
        raise NotAModel
    if not availability.is_on():
        raise EvaluationOff
    version = benchmark.versions.first()
    if version is None:
        raise Invalid(_("This benchmark has no data yet."))
    revision = revisions.resolve(repo, rev or None)
    base_repo, base_name = find_base(actor, repo, base)
    assert actor.person is not None
    entry = Entry(repo, revision.oid, version, base_repo, base_name, actor.person)
    try:
        with transaction.atomic():
            return enter(entry, revision.com_id)
    except IntegrityError:
        # Somebody entered the same revision in the same moment: theirs is ours, too.
        with transaction.atomic():
            return enter(entry, revision.com_id)


@dataclass(frozen=True)
class Entry:
    repo: Repo
    oid: str
    version: BenchmarkVersion
    base: Repo | None
    base_name: str
    person: Person


def enter(entry: Entry, com_id: int) -> Entered:
    submission, created = Submission.objects.get_or_create(
        repo=entry.repo,
        revision=entry.oid,
        version=entry.version,
        defaults={
            "base": entry.base,
            "base_name": entry.base_name,
            "submitted_by": entry.person,
            "submitted_at": db_now(),
        },
    )
    standing = submission.runs.exclude(state__in=[RunState.FAILED, RunState.CANCELLED]).first()
    if standing is not None:
        return Entered(submission, standing, fresh=False)
    if created:
        retain(com_id)
        body = {"benchmark": entry.version.benchmark.slug, "version": entry.version.number}
        if not entry.repo.is_private:
            body |= {"repo": entry.repo.full_name, "revision": entry.oid}
        subject = f"submission:{submission.uuid}"
        events.record(
            "finetuning:submission:created", actor=entry.person, subject=subject, body=body
        )
    return Entered(submission, states.queue(submission), fresh=True)


def retain(com_id: int) -> None:
    """Keep the commit addressable, whatever happens to the branch it was on."""
    com = Com.objects.get(pk=com_id)
    Retained.objects.get_or_create(com=com, reason="evaluated", defaults={"since": db_now()})


def find_base(actor: Actor, repo: Repo, named: str) -> tuple[Repo | None, str]:
    """Return the base model: what was named, or the first that the card names."""
    name = named.strip()
    if not name:
        link = repo.base_links.exclude(named="").order_by("pk").first()
        name = link.named if link is not None else ""
    if not name:
        raise NoBase
    found = Repo.objects.visible_to(actor).filter(kind=Kind.MODEL, key=name.lower()).first()
    if found is None:
        return None, name[:193]
    return found, found.full_name if found.visibility == Visibility.PUBLIC else ""
