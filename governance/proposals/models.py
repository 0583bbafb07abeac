"""Proposals: what somebody wants changed, from the draft to its enactment."""

import hashlib
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.norms.clauses import Change, changes_of, proposal_record, touched
from governance.proposals.states import State

if TYPE_CHECKING:
    from governance.polls.models import Contender, Poll
    from portal.people.models import Person


class Kind(models.TextChoices):
    AMENDMENT = "amendment", _("amendment")
    OPERATIONAL = "operational", _("operational")
    ELECTION = "election", _("election")
    RECALL = "recall", _("recall")
    RATIFICATION = "ratification", _("ratification")


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def visible_to(self, person: "Person | None") -> "ProposalQuerySet":
        """Return all that were submitted, and one's own drafts."""
        submitted = Q(submitted_at__isnull=False)
        if person is None:
            return self.filter(submitted)
        mine = Q(author=person) | Q(
            pk__in=CoAuthor.objects.filter(person=person).values("proposal")
        )
        return self.filter(submitted | mine)

    def for_pages(self) -> "ProposalQuerySet":
        return self.for_rows().prefetch_related(*votes())

    def for_rows(self) -> "ProposalQuerySet":
        """Return what a list shows of each; of the votes on it nothing."""
        return self.select_related("author", "revision__base", "grant__person")


def votes(of: str = "") -> "list[models.Prefetch]":
    """Return what to prefetch for `Proposal.vote`: two queries. `of` leads to the proposal."""
    from governance.polls.models import Contender, Poll

    return [
        models.Prefetch(f"{of}polls", Poll.objects.select_related("result")),
        models.Prefetch(f"{of}contests", Contender.objects.select_related("poll__result")),
    ]


class Proposal(models.Model):
    """One proposal. Its text stands in `revision`; every step is a row of `ProposalStep`.

    `submitted_at`: from then on everybody sees it; a draft that is withdrawn is never seen.
    `ends_at`: by the database's clock, when the phase it is in ends. `grant`: whose office a recall
    would end, or a ratification keep. `rival_of`: the first of the amendments that compete with
    each other, for all the others of them.
    """

    kind = models.CharField(max_length=12, choices=Kind, default=Kind.AMENDMENT)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="proposals"
    )
    state = models.CharField(max_length=16, choices=State, default=State.DRAFT)
    revision = models.ForeignKey(
        "governance.ProposalRevision", null=True, on_delete=models.PROTECT, related_name="+"
    )
    feedback = models.ForeignKey(
        "governance.FeedbackThread", null=True, on_delete=models.PROTECT, related_name="proposals"
    )
    grant = models.ForeignKey(
        "governance.RoleGrant", null=True, on_delete=models.PROTECT, related_name="proposals"
    )
    rival_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="rivals")
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    deliberation_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="proposal_state_known")
        ]
        indexes = [models.Index(fields=["state", "ends_at"], name="proposals_due")]

    def __str__(self) -> str:
        return f"proposal {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("proposal", args=[self.pk])

    @property
    def title(self) -> str:
        return self.revision.title if self.revision else ""

    @property
    def contest(self) -> "Contender | None":
        """Return its place in the latest vote in which it stands against others."""
        return max(self.contests.all(), key=lambda row: row.pk, default=None)

    @property
    def vote(self) -> "Poll | None":
        """Return the latest poll on it, by itself or against others."""
        contest = self.contest
        held = [*self.polls.all(), *([contest.poll] if contest else [])]
        return max(held, key=lambda poll: poll.pk, default=None)

    @property
    def voted_by(self) -> str:
        """Return the class of rule by which the latest vote on it is held; "" before it opens."""
        vote, contest = self.vote, self.contest
        if contest is not None and vote is not None and contest.poll_id == vote.pk:
            return contest.rule_class
        return vote.rule_class if vote is not None else ""

    @property
    def state_kind(self) -> str:
        """Which colour repeats what the state's word says."""
        return {
            State.ENACTED: "good", State.PASSED: "good", State.VOTING: "accent",
            State.REJECTED: "bad", State.CONFLICTED: "warn", State.NO_QUORUM: "warn",
            State.TIED: "warn",
        }.get(State(self.state), "info")  # fmt: skip


class CoAuthor(models.Model):
    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="coauthors")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "person"], name="one_coauthorship")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} of {self.proposal_id}"


class ProposalRevision(models.Model):
    """One wording of a proposal, against one version of the norms. Append-only (trigger).

    `policies`: name to `{"before": value, "value": value}`. `sha256`: over title, reasons and
    what it would change.
    """

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    base = models.ForeignKey(
        "governance.NormsVersion", on_delete=models.PROTECT, related_name="proposed_on"
    )
    title = models.CharField(max_length=160)
    reasons = models.TextField(max_length=10_000)
    language = models.CharField(max_length=10, default="en")
    patch = models.JSONField(default=list)
    policies = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["proposal", "number"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "number"], name="one_revision_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} revision {self.number}"

    def changes(self) -> list[Change]:
        return changes_of(self.patch)

    @property
    def touches(self) -> list[str]:
        return touched(self.changes())

    def policy_values(self) -> dict[str, Any]:
        """Return the settings it would put in force."""
        return {name: change["value"] for name, change in self.policies.items()}

    def digest(self) -> str:
        wanted = proposal_record(self.changes(), self.policies)
        return hashlib.sha256(
            b"\x00".join([self.title.encode(), self.reasons.encode(), wanted])
        ).hexdigest()


class ProposalStep(models.Model):
    """One change of state, with its event. Append-only (trigger): the timeline of the page."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="steps")
    deed = models.CharField(max_length=20)
    before = models.CharField(max_length=16, blank=True)
    after = models.CharField(max_length=16, choices=State)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    event = models.OneToOneField("portal.Event", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.deed}"


class Support(models.Model):
    """Somebody wants this wording to be voted on. A new wording needs new support."""

    revision = models.ForeignKey(ProposalRevision, on_delete=models.PROTECT, related_name="support")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "person"], name="one_support")]

    def __str__(self) -> str:
        return f"{self.person_id} supports {self.revision_id}"


class Comment(models.Model):
    """A remark on a proposal, on one of its clauses if `clause` names one."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="comments")
    clause = models.CharField(max_length=12, blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=5000)
    language = models.CharField(max_length=10, default="en")
    erased = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"comment {self.pk} on {self.proposal_id}"
