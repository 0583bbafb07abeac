"""All models of governance, gathered from its rooms, and what the database forbids about them."""

from governance.elections.models import (
    Appointment,
    Assent,
    Candidacy,
    Election,
    RoleGrant,
)
from governance.feedback.models import FeedbackPost, FeedbackThread, Reaction
from governance.norms.models import Founding, FoundingDecision, NormsCampaign, NormsVersion
from governance.opinions.models import Opinion, Statement
from governance.polls.models import (
    Ballot,
    Contender,
    ElectorateEntry,
    OpenedBallot,
    Poll,
    PollResult,
    SealedBallot,
    UntoldBallot,
)
from governance.proposals.models import (
    CoAuthor,
    Comment,
    Proposal,
    ProposalRevision,
    ProposalStep,
    Support,
)
from portal import triggers

FROZEN = (
    "proposal_id", "revision_id", "rule", "rule_hash", "rule_class", "options", "options_hash",
    "electorate_hash", "electorate_size", "excluded", "opens_at", "closes_at", "method",
    "secret", "sealed_to", "publishes",
)  # fmt: skip

triggers.append_only(NormsVersion)
triggers.forbid(
    NormsVersion,
    "follows_its_parent",
    on="insert",
    when=(
        "NEW.number > 1 AND NOT EXISTS (SELECT 1 FROM governance_normsversion p "
        "WHERE p.id = NEW.parent_id AND p.number = NEW.number - 1)"
    ),
    message="a norms version follows the one before it",
)
triggers.forbid(
    NormsVersion,
    "was_voted",
    on="insert",
    when=(
        "NEW.proposal_id IS NOT NULL AND NEW.founding_id IS NULL AND NOT EXISTS (SELECT 1 "
        "FROM governance_poll p JOIN governance_pollresult r ON r.poll_id = p.id "
        "JOIN governance_proposal q ON q.id = p.proposal_id AND q.revision_id = p.revision_id "
        "WHERE p.proposal_id = NEW.proposal_id AND p.state = 'certified' "
        "AND r.outcome = 'passed') AND NOT EXISTS (SELECT 1 "
        "FROM governance_poll p JOIN governance_pollresult r ON r.poll_id = p.id "
        "JOIN governance_contender c ON c.poll_id = p.id AND c.proposal_id = r.winner_id "
        "JOIN governance_proposal q ON q.id = c.proposal_id AND q.revision_id = c.revision_id "
        "WHERE r.winner_id = NEW.proposal_id AND p.state = 'certified' "
        "AND r.outcome = 'elected')"
    ),
    message="only a passed and certified poll makes a norms version",
)
triggers.append_only(FoundingDecision)
triggers.forbid(
    FoundingDecision,
    "only_while_founding",
    on="insert",
    when="NOT EXISTS (SELECT 1 FROM governance_founding f WHERE f.ended_at IS NULL)",
    message="founding mode has ended: only votes bind",
)
triggers.append_only(Founding, may_update=("ended_at", "why_ended"))
triggers.forbid(
    Founding,
    "ends_once",
    on="update",
    when="OLD.ended_at IS NOT NULL",
    message="founding mode ends once",
)
triggers.append_only(ProposalRevision)
triggers.append_only(ProposalStep)
triggers.append_only(Support, may_delete=True)
triggers.append_only(Comment, may_update=("text", "erased"))
triggers.forbid(
    Proposal,
    "text_is_frozen",
    on="update",
    when=(
        "OLD.state NOT IN ('draft', 'seeking_support', 'deliberation', 'conflicted') "
        "AND OLD.revision_id IS DISTINCT FROM NEW.revision_id"
    ),
    message="the text of a proposal is frozen before the vote",
)
triggers.forbid(
    Proposal,
    "competes_from_the_beginning",
    on="update",
    when="OLD.rival_of_id IS DISTINCT FROM NEW.rival_of_id",
    message="what a proposal competes with is said when it is written",
)
triggers.forbid(
    Proposal,
    "ends_once",
    on="update",
    when=(
        "OLD.state IN ('enacted', 'rejected', 'no_quorum', 'tied', 'withdrawn', 'expired') "
        "AND OLD.state IS DISTINCT FROM NEW.state"
    ),
    message="a proposal that has ended stays as it ended",
)
triggers.forbid(
    Poll,
    "is_frozen",
    on="update",
    when="OLD.state NOT IN ('scheduled', 'opening') AND ("
    + " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in FROZEN)
    + ")",
    message="rule, options, electorate and times of a poll are frozen when it opens",
)
triggers.forbid(
    Poll,
    "goes_forward",
    on="update",
    when=(
        "OLD.state IS DISTINCT FROM NEW.state AND NOT ("
        "(OLD.state = 'scheduled' AND NEW.state = 'opening') "
        "OR (OLD.state = 'opening' AND NEW.state = 'open') "
        "OR (OLD.state = 'open' AND NEW.state = 'closing') "
        "OR (OLD.state = 'closing' AND NEW.state = 'tallied') "
        "OR (OLD.state = 'tallied' AND NEW.state IN ('certified', 'annulled')) "
        "OR (OLD.state IN ('scheduled', 'opening', 'open', 'closing') "
        "AND NEW.state = 'annulled'))"
    ),
    message="a poll takes no other step from its state",
)
triggers.forbid(Proposal, "stays", on="delete", when="1 = 1", message="proposals are kept")
triggers.forbid(Poll, "stays", on="delete", when="1 = 1", message="polls are kept")
triggers.forbid(
    ElectorateEntry,
    "is_a_snapshot",
    on="insert",
    when="NOT EXISTS (SELECT 1 FROM governance_poll p WHERE p.id = NEW.poll_id "
    "AND p.state = 'opening')",
    message="nobody enters the electorate after its snapshot",
)
triggers.append_only(ElectorateEntry, may_update=("ballot",))
triggers.forbid(
    ElectorateEntry,
    "casts_while_open",
    on="update",
    when="NOT EXISTS (SELECT 1 FROM governance_poll p WHERE p.id = NEW.poll_id "
    "AND p.state = 'open' AND commonhold_now() < p.closes_at) "
    "AND NOT (OLD.ballot = 'cast' AND NEW.ballot = 'counted' AND EXISTS (SELECT 1 "
    "FROM governance_poll p WHERE p.id = NEW.poll_id AND p.state = 'closing' AND p.secret))",
    message="the poll is not open",
)
triggers.append_only(SealedBallot, may_delete=True)
triggers.forbid(
    SealedBallot,
    "falls_into_an_open_poll",
    on="insert",
    when="NOT EXISTS (SELECT 1 FROM governance_poll p WHERE p.id = NEW.poll_id AND p.secret "
    "AND p.state = 'open' AND commonhold_now() < p.closes_at)",
    message="the poll is not open, or its ballots are not secret",
)
triggers.forbid(
    SealedBallot,
    "stays_until_the_close",
    on="delete",
    when="NOT EXISTS (SELECT 1 FROM governance_poll p WHERE p.id = OLD.poll_id "
    "AND p.state IN ('closing', 'annulled'))",
    message="a sealed ballot stays until its poll has closed",
)
triggers.append_only(OpenedBallot)
triggers.forbid(
    OpenedBallot,
    "comes_at_the_close",
    on="insert",
    when="NOT EXISTS (SELECT 1 FROM governance_poll p WHERE p.id = NEW.poll_id AND p.secret "
    "AND p.state = 'closing' AND NOT p.unsealed)",
    message="secret ballots are opened once, at the close",
)
triggers.forbid(
    Poll,
    "is_unsealed_once",
    on="update",
    when="OLD.unsealed AND NOT NEW.unsealed",
    message="secret ballots are opened once",
)
triggers.append_only(Ballot)
triggers.on_insert(
    Ballot, "is_told_of", "INSERT INTO governance_untoldballot (ballot_id) VALUES (NEW.id)"
)
triggers.forbid(
    Ballot,
    "falls_into_an_open_poll",
    on="insert",
    when="NOT EXISTS (SELECT 1 FROM governance_electorateentry e "
    "JOIN governance_poll p ON p.id = e.poll_id "
    "WHERE e.id = NEW.entry_id AND p.state = 'open' AND commonhold_now() < p.closes_at "
    "AND e.ballot = NEW.id)",
    message="the poll is not open, or the slot names another ballot",
)
triggers.append_only(PollResult)
triggers.forbid(
    PollResult,
    "names_a_contender",
    on="insert",
    when=(
        "NEW.winner_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM governance_contender c "
        "WHERE c.poll_id = NEW.poll_id AND c.proposal_id = NEW.winner_id)"
    ),
    message="only an amendment that stood in the vote wins it",
)
triggers.append_only(Contender, may_update=("rule_class",))
triggers.forbid(
    Contender,
    "is_frozen",
    on="update",
    when="NOT EXISTS (SELECT 1 FROM governance_poll p WHERE p.id = OLD.poll_id "
    "AND p.state IN ('scheduled', 'opening'))",
    message="by which rule an amendment is voted on is fixed when the poll opens",
)
triggers.forbid(
    Contender,
    "stands_from_the_beginning",
    on="insert",
    when="NOT EXISTS (SELECT 1 FROM governance_poll p WHERE p.id = NEW.poll_id "
    "AND p.state = 'scheduled')",
    message="no amendment joins a vote that has been prepared",
)
triggers.append_only(FeedbackPost, may_update=("text", "erased"))

triggers.append_only(RoleGrant, may_update=("revoked_at", "why_revoked", "employer"))
triggers.forbid(
    RoleGrant,
    "is_revoked_once",
    on="update",
    when="OLD.revoked_at IS NOT NULL AND OLD.revoked_at IS DISTINCT FROM NEW.revoked_at",
    message="a grant is revoked once",
)
triggers.append_only(Assent)
triggers.append_only(Statement, may_update=("text", "erased"))
triggers.forbid(
    Candidacy,
    "is_listed_in_time",
    on="update",
    when=(
        "OLD.accepted_at IS NULL AND NEW.accepted_at IS NOT NULL AND NOT EXISTS (SELECT 1 "
        "FROM governance_election e WHERE e.id = NEW.election_id AND e.state = 'nominating')"
    ),
    message="the list of candidates is closed",
)

__all__ = [
    "Appointment",
    "Assent",
    "Ballot",
    "Candidacy",
    "CoAuthor",
    "Comment",
    "Contender",
    "Election",
    "ElectorateEntry",
    "FeedbackPost",
    "FeedbackThread",
    "Founding",
    "FoundingDecision",
    "NormsCampaign",
    "NormsVersion",
    "OpenedBallot",
    "Opinion",
    "Poll",
    "PollResult",
    "Proposal",
    "ProposalRevision",
    "ProposalStep",
    "Reaction",
    "RoleGrant",
    "SealedBallot",
    "Statement",
    "Support",
    "UntoldBallot",
]
