"""Polls: who may vote, on what, by which rule, until when; the ballots and the count."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    import datetime as dt


class PollState(models.TextChoices):
    SCHEDULED = "scheduled", _("scheduled")
    OPENING = "opening", _("opening")
    OPEN = "open", _("open")
    CLOSING = "closing", _("being counted")
    TALLIED = "tallied", _("counted")
    CERTIFIED = "certified", _("certified")
    ANNULLED = "annulled", _("annulled")


COUNTED = (PollState.TALLIED, PollState.CERTIFIED)
STAYS = {"key": "stays", "en": "Everything stays as it is", "zh": "一切照旧"}


class PollQuerySet(models.QuerySet["Poll"]):
    def opened(self) -> "PollQuerySet":
        """Return those that have an electorate."""
        return self.exclude(state__in=[PollState.SCHEDULED, PollState.OPENING])


class Poll(models.Model):
    """One vote. From opening on, rule, options, electorate and times never change (trigger).

    A proposal has another one if it was in conflict after the first, and was written anew.

    `options`: list of `{"key", "en", "zh"}`. `rule`: what `governance.tally` counts by;
    `rule_class` is the class of rule it satisfies, or empty where nothing follows from the poll.
    `lasts`: how long it is open, where the setting does not say. `excluded`: how many members
    are not in the electorate, by reason. Of a secret poll, `sealed_to` is the key that ballots are
    sealed to, `publishes` what comes out at the close (`secrecy.publishes`), and `unsealed` says
    that its ballots were opened.
    """

    proposal = models.ForeignKey(
        "governance.Proposal", null=True, on_delete=models.PROTECT, related_name="polls"
    )
    revision = models.ForeignKey(
        "governance.ProposalRevision", null=True, on_delete=models.PROTECT, related_name="+"
    )
    question_en = models.CharField(max_length=200)
    question_zh = models.CharField(max_length=200)
    method = models.CharField(max_length=20)
    rule = models.JSONField(default=dict)
    rule_hash = models.CharField(max_length=64, blank=True)
    rule_class = models.CharField(max_length=20, blank=True)
    options = models.JSONField(default=list)
    options_hash = models.CharField(max_length=64, blank=True)
    electorate_hash = models.CharField(max_length=64, blank=True)
    electorate_size = models.PositiveIntegerField(default=0)
    excluded = models.JSONField(default=dict)
    seed = models.CharField(max_length=64, blank=True)
    secret = models.BooleanField(default=False)
    sealed_to = models.CharField(max_length=64, blank=True)
    publishes = models.CharField(max_length=10, blank=True)
    unsealed = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=PollState, default=PollState.SCHEDULED)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    lasts = models.DurationField(null=True)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    certifies_at = models.DateTimeField(null=True)
    objects = PollQuerySet.as_manager()

    class Meta:
        verbose_name = _("poll")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=PollState.values), name="poll_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(opens_at=None) | models.Q(closes_at__gt=models.F("opens_at")),
                name="polls_close_after_they_open",
            ),
            models.UniqueConstraint(
                fields=["proposal"],
                condition=~models.Q(state__in=["certified", "annulled"]),
                name="one_poll_at_a_time_on_a_proposal",
            ),
        ]
        indexes = [models.Index(fields=["state", "closes_at"], name="polls_due")]

    def __str__(self) -> str:
        return f"poll {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("poll", args=[self.pk])

    @property
    def question(self) -> str:
        chinese = (get_language() or "en").startswith("zh")
        return self.question_zh if chinese else self.question_en

    @property
    def is_counted(self) -> bool:
        return self.state in COUNTED

    @cached_property
    def _candidates(self) -> dict[str, str]:
        from governance.elections.models import Candidacy

        rows = Candidacy.objects.filter(election__poll=self).select_related("person")
        return {row.key: row.person.shown_name for row in rows}

    def keys(self) -> list[str]:
        return [option["key"] for option in self.options]

    def label(self, key: str) -> str:
        """Return an option's name in the page's language; a candidate's stands beside the poll."""
        if self.rule_class == "election":
            return self._candidates.get(key, key)
        language = "zh" if (get_language() or "en").startswith("zh") else "en"
        return next((o[language] for o in self.options if o["key"] == key), key)

    def in_contest(self) -> "list[Contender]":
        """Return the amendments that this poll decides between; of other polls none.

        Whichever was withdrawn before the opening is no option any more.
        """
        keys = set(self.keys())
        rows = self.contenders.select_related("proposal__revision", "revision").order_by("pk")
        return [row for row in rows if row.key in keys]

    def accepts_ballots(self, now: "dt.datetime") -> bool:
        """Return whether a cast would be in time. The cast itself asks the database again."""
        return self.state == PollState.OPEN and self.closes_at is not None and now < self.closes_at


class Contender(models.Model):
    """An amendment that stands against others in one ranked poll, and is an option of it.

    `rule_class`: by which class of rule it has to be passed; known, and fixed, when the poll opens.
    """

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="contenders")
    proposal = models.ForeignKey(
        "governance.Proposal", on_delete=models.PROTECT, related_name="contests"
    )
    revision = models.ForeignKey(
        "governance.ProposalRevision", on_delete=models.PROTECT, related_name="+"
    )
    rule_class = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["poll", "proposal"], name="one_option_a_proposal")
        ]

    def __str__(self) -> str:
        return f"{self.key} in {self.poll_id}"

    @property
    def key(self) -> str:
        return f"p{self.proposal_id}"


class ElectorateEntry(models.Model):
    """One voter's slot in one poll. `ballot` names the ballot that counts; empty: none cast.

    `pseudonym` is what exports show; which person it is stands only here.
    """

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="electorate")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    pseudonym = models.CharField(max_length=32)
    why = models.CharField(max_length=40)
    ballot = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["poll", "person"], name="one_slot_a_voter"),
            models.UniqueConstraint(fields=["poll", "pseudonym"], name="one_slot_a_pseudonym"),
        ]

    def __str__(self) -> str:
        return f"{self.pseudonym} in {self.poll_id}"


class Ballot(models.Model):
    """What one voter said once. Append-only (trigger); the slot names the one that counts.

    `commitment`: SHA-256 over "ballot-v1", the poll, the canonical choice and `nonce`.
    """

    id = models.CharField(primary_key=True, max_length=32)
    entry = models.ForeignKey(ElectorateEntry, on_delete=models.PROTECT, related_name="ballots")
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    choice = models.JSONField()
    nonce = models.CharField(max_length=32)
    commitment = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
    event = models.OneToOneField("portal.Event", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entry"],
                condition=models.Q(replaces=None),
                name="one_first_ballot_a_slot",
            )
        ]

    def __str__(self) -> str:
        return self.id


class SealedBallot(models.Model):
    """A secret ballot of an open poll: a random name and what only the poll's key opens.

    On SQLite its table is WITHOUT ROWID: the hidden number would give back the order of casting.
    """

    id = models.CharField(primary_key=True, max_length=32)
    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return self.id


class OpenedBallot(models.Model):
    """A secret ballot after the close: what was said, and by nobody. Append-only (trigger)."""

    commitment = models.CharField(primary_key=True, max_length=64)
    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="+")
    choice = models.JSONField()
    nonce = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.commitment


class UntoldBallot(models.Model):
    """A ballot of which its voter was not told yet. The database writes it beside each ballot."""

    ballot = models.OneToOneField(
        Ballot, primary_key=True, on_delete=models.DO_NOTHING, related_name="untold"
    )

    def __str__(self) -> str:
        return f"ballot {self.ballot_id} waits"


class PollResult(models.Model):
    """The count of a poll: outcome, hashes of what was counted, and every step. Append-only.

    `rule`: as counted, with the lot's seed where there is one; `seed_head` is where it comes from.
    `winner`: the amendment that won a vote between several.
    """

    poll = models.OneToOneField(Poll, on_delete=models.PROTECT, related_name="result")
    outcome = models.CharField(max_length=12)
    cast = models.PositiveIntegerField()
    input_hash = models.CharField(max_length=64)
    rule = models.JSONField()
    seed_head = models.TextField(blank=True)
    record = models.JSONField()
    winner = models.ForeignKey(
        "governance.Proposal", null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    event = models.OneToOneField("portal.Event", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.poll_id}: {self.outcome}"

    @property
    def passed(self) -> Any:
        """Return the proposal that this count has passed, if it passed one."""
        return self.poll.proposal if self.outcome == "passed" else self.winner

    @property
    def steps(self) -> Any:
        return self.record.get("steps", [])
