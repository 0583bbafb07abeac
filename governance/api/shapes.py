"""What the answers of governance's API look like. `tests/governance/api` holds them to it."""

from rest_framework import serializers

from governance.elections.models import ElectionState, Role, Way
from governance.feedback.models import Reaction, Target, ThreadState
from governance.polls.models import PollState
from governance.proposals.models import Kind
from governance.proposals.states import State

Text, Number, Moment = serializers.CharField, serializers.IntegerField, serializers.DateTimeField


class Refusal(serializers.Serializer):
    """Why nothing was done: a sentence, a word for programs, and each field that was wrong."""

    error = Text()
    code = Text()
    fields = serializers.DictField(required=False)  # type: ignore[assignment]


class Made(serializers.Serializer):
    number = Number()


# --- norms --------------------------------------------------------------------------------------
class AdoptedBy(serializers.Serializer):
    """A vote's proposal and poll, or a founder's decision."""

    proposal = Number(allow_null=True)
    poll = Number(allow_null=True, required=False)
    founding_decision = Number(required=False)


class NormsRow(serializers.Serializer):
    norms = Number()
    sha256 = Text()
    state = Text()
    effective_at = Moment()
    adopted_by = AdoptedBy()


class ClauseText(serializers.Serializer):
    id = Text()
    en = Text()
    zh = Text()


class HashedClause(ClauseText):
    sha256 = Text()


class Norms(NormsRow):
    parent = Text(allow_null=True)
    grace_until = Moment(allow_null=True)
    texts = serializers.DictField(child=Text())
    clauses = HashedClause(many=True)
    url = serializers.URLField()


class NamedNorms(serializers.Serializer):
    norms = Number()
    sha256 = Text()


class ClauseChange(serializers.Serializer):
    clause = Text()
    kind = Text()
    old = ClauseText(allow_null=True)
    new = ClauseText(allow_null=True)


class Comparison(serializers.Serializer):
    """`from` and `to` are the versions compared."""

    to = NamedNorms()
    changes = ClauseChange(many=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"from": NamedNorms()} | super().get_fields()


class SettingRow(serializers.Serializer):
    """One setting that votes change; `proposal` is the one that set it."""

    name = Text()
    title = Text()
    kind = Text()
    unit = Text(allow_blank=True)
    value = serializers.JSONField()
    default = serializers.JSONField()
    floor = Number(allow_null=True)
    ceiling = Number(allow_null=True)
    choices = serializers.ListField(child=Text())
    rule = Text()
    pinned = serializers.BooleanField()
    proposal = Number(allow_null=True)


class Settings(serializers.Serializer):
    settings = SettingRow(many=True)


class SettingChange(serializers.Serializer):
    act = Text()
    value = serializers.JSONField(allow_null=True)
    reason = Text(allow_blank=True)
    by = Text(allow_null=True)
    proposal = Number(allow_null=True)
    at = Moment()
    event = serializers.UUIDField()


class SettingWithHistory(SettingRow):
    """`foreseen`: what `value` of the query would do, where that can be told."""

    history = SettingChange(many=True)
    foreseen = Text(allow_blank=True)


class FoundingDecisionRow(serializers.Serializer):
    number = Number()
    deed = Text()
    by = Text(allow_null=True)
    reasons = Text()
    at = Moment()
    event = serializers.UUIDField()


class FoundingState(serializers.Serializer):
    """Whether founders still decide, who decided what, and when it ends."""

    lasts = serializers.BooleanField()
    started_at = Moment()
    ended_at = Moment(allow_null=True)
    why_ended = Text(allow_blank=True)
    members = Number()
    members_wanted = Number()
    decisions = FoundingDecisionRow(many=True)


# --- proposals ----------------------------------------------------------------------------------
class PatchStep(serializers.Serializer):
    """One change of a clause. `after`: where an insertion goes; `old`: the hash of what goes."""

    op = serializers.ChoiceField(["replace", "insert", "delete"])
    clause = Text(max_length=12)
    en = Text(max_length=4000, required=False, default="", allow_blank=True)
    zh = Text(max_length=4000, required=False, default="", allow_blank=True)
    after = Text(max_length=12, required=False, default="", allow_blank=True)
    old = Text(max_length=64, required=False, default="", allow_blank=True)


class SettingProposed(serializers.Serializer):
    before = serializers.JSONField()
    value = serializers.JSONField()


class PhaseNow(serializers.Serializer):
    """What phase this is, what comes next, and when this one ends, in the asker's language."""

    title = Text()
    next = Text(allow_blank=True)
    ends_at = Moment(allow_null=True)


class ProposalRow(serializers.Serializer):
    number = Number()
    kind = serializers.ChoiceField(Kind.choices)
    state = serializers.ChoiceField(State.choices)
    author = Text()
    title = Text()
    reasons = Text()
    revision = Number(allow_null=True)
    sha256 = Text(allow_blank=True)
    base = Number(allow_null=True)
    patch = PatchStep(many=True)
    settings = serializers.DictField(child=SettingProposed())
    rule_class = Text()
    grant = Number(allow_null=True)
    rival_of = Number(allow_null=True)
    poll = Number(allow_null=True)
    feedback = Number(allow_null=True)
    deliberation_at = Moment(allow_null=True)
    ends_at = Moment(allow_null=True)


class ProposalStepRow(serializers.Serializer):
    deed = Text()
    state = serializers.ChoiceField(State.choices)
    by = Text(allow_null=True)
    note = Text(allow_blank=True)
    at = Moment()
    event = serializers.UUIDField()


class ProposalWhole(ProposalRow):
    """A proposal with where it stands, what was done, and what its settings would do."""

    coauthors = serializers.ListField(child=Text())
    supporters = Number()
    supporters_wanted = Number()
    phase = PhaseNow()
    conflict = Text(allow_null=True)
    foreseen = serializers.DictField(child=Text(allow_blank=True))
    timeline = ProposalStepRow(many=True)


class CommentRow(serializers.Serializer):
    number = Number()
    person = Text()
    clause = Text(allow_blank=True)
    text = Text(allow_blank=True)
    at = Moment()


class Leaning(serializers.Serializer):
    agree = Number()
    disagree = Number()

    def get_fields(self) -> dict[str, serializers.Field]:
        return super().get_fields() | {"pass": Number()}


class StatementRow(serializers.Serializer):
    """How everybody judged a statement, and each group in the order of `groups`."""

    number = Number()
    text = Text()
    all = Leaning()
    groups = Leaning(many=True)


class Consensus(serializers.Serializer):
    statement = Number()
    agree = serializers.BooleanField()


class OpinionMap(serializers.Serializer):
    """A picture, no vote. `groups`: how many people judge alike; `people`: how many are placed."""

    people = Number()
    groups = serializers.ListField(child=Number())
    consensus = Consensus(many=True)
    statements = StatementRow(many=True)


# --- polls --------------------------------------------------------------------------------------
class Words(serializers.Serializer):
    en = Text(allow_blank=True)
    zh = Text(allow_blank=True)


class PollOption(Words):
    key = Text()


class PollRow(serializers.Serializer):
    """`result` is the count's whole record, from the count on; before that nobody is told."""

    number = Number()
    proposal = Number(allow_null=True)
    question = Words()
    state = serializers.ChoiceField(PollState.choices)
    method = Text()
    options = PollOption(many=True)
    rule = serializers.DictField()
    rule_hash = Text(allow_blank=True)
    rule_class = Text(allow_blank=True)
    secret = serializers.BooleanField()
    publishes = Text(allow_blank=True)
    electorate_size = Number(allow_null=True)
    electorate_hash = Text(allow_blank=True)
    excluded = serializers.DictField(child=Number())
    opens_at = Moment(allow_null=True)
    closes_at = Moment(allow_null=True)
    certifies_at = Moment(allow_null=True)
    result = serializers.DictField(allow_null=True)


class BallotReceipt(serializers.Serializer):
    """With it a voter finds their ballot in the published list. A secret ballot has no name, and
    this is told once."""

    poll = Number()
    ballot = Text(allow_blank=True)
    choice = serializers.JSONField()
    nonce = Text()
    commitment = Text()


class StandingBallot(serializers.Serializer):
    ballot = Text()
    choice = serializers.JSONField()
    commitment = Text()


class OwnBallot(serializers.Serializer):
    """`ballot` is null where none was cast, and of a secret poll always."""

    poll = Number()
    voted = serializers.BooleanField()
    ballot = StandingBallot(allow_null=True)


class VoterRow(serializers.Serializer):
    person = Text()
    pseudonym = Text()
    choice = serializers.JSONField(allow_null=True, help_text="Null where ballots are secret.")


# --- elections ----------------------------------------------------------------------------------
class OfficeRow(serializers.Serializer):
    """Somebody holds an office from one moment until another, by a vote or decision (`cause`)."""

    number = Number()
    person = Text()
    role = serializers.ChoiceField(Role.choices)
    way = serializers.ChoiceField(Way.choices)
    employer = Text(allow_blank=True)
    cause = Text()
    starts_at = Moment()
    ends_at = Moment()


class Offices(serializers.Serializer):
    vacancies = Number()
    offices = OfficeRow(many=True)


class AppointmentRow(serializers.Serializer):
    """`office`: the number of the office it led to, once more than half have assented."""

    number = Number()
    person = Text()
    role = serializers.ChoiceField(Role.choices)
    by = Text()
    reasons = Text()
    assents = Number()
    office = Number(allow_null=True)
    at = Moment()


class CandidateRow(serializers.Serializer):
    """`option` is what stands for the candidate on the ballot."""

    option = Text()
    person = Text()
    employer = Text(allow_blank=True)
    statement = Text(allow_blank=True)


class ElectionRow(serializers.Serializer):
    number = Number()
    state = serializers.ChoiceField(ElectionState.choices)
    seats = Number()
    cause = Text(allow_blank=True)
    called_at = Moment()
    nominations_until = Moment()
    poll = Number(allow_null=True)
    candidates = CandidateRow(many=True)


# --- feedback -----------------------------------------------------------------------------------
class ThreadRow(serializers.Serializer):
    number = Number()
    about = serializers.ChoiceField(Target.choices)
    target = Text(allow_blank=True)
    title = Text()
    author = Text()
    state = serializers.ChoiceField(ThreadState.choices)
    reason = Text(allow_blank=True)
    merged_into = Number(allow_null=True)
    created_at = Moment()
    last_at = Moment()


class PostRow(serializers.Serializer):
    number = Number()
    person = Text()
    text = Text(allow_blank=True)
    at = Moment()


class ThreadWhole(ThreadRow):
    """`reactions`: how many by sign; `proposals`: what it led to."""

    posts = PostRow(many=True)
    reactions = serializers.DictField(child=Number())
    own_reaction = serializers.ChoiceField(Reaction.Sign.choices, allow_null=True)
    proposals = serializers.ListField(child=Number())
