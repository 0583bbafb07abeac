"""How this community decides: the settings of votes, themselves changed by votes."""

from django.utils.translation import gettext_lazy as _

from portal.policies import Policy, declare

ENTRENCHED = "entrenched"
SHARES = (">1/2", ">=3/5", ">=2/3", ">=3/4")

SUPPORT = declare(
    Policy(
        name="governance.support_members",
        kind="int",
        default=2,
        title=_("Supporters a proposal needs"),
        unit=_("members"),
        floor=1,
        ceiling=500,
        rule=ENTRENCHED,
        about=_("Besides its authors. With them it goes on to deliberation."),
    )
)
SUPPORT_DAYS = declare(
    Policy(
        name="governance.support_days",
        kind="int",
        default=30,
        title=_("Time to find supporters"),
        unit=_("days"),
        floor=3,
        ceiling=180,
        rule=ENTRENCHED,
    )
)
DELIBERATION_DAYS = declare(
    Policy(
        name="governance.deliberation_days",
        kind="int",
        default=7,
        title=_("Deliberation before a vote"),
        unit=_("days"),
        floor=2,
        ceiling=60,
        rule=ENTRENCHED,
    )
)
VOTING_DAYS = declare(
    Policy(
        name="governance.voting_days",
        kind="int",
        default=7,
        title=_("How long a vote is open"),
        unit=_("days"),
        floor=2,
        ceiling=60,
        rule=ENTRENCHED,
    )
)
CHALLENGE_HOURS = declare(
    Policy(
        name="governance.challenge_hours",
        kind="int",
        default=72,
        title=_("Time to challenge a count before it takes effect"),
        unit=_("hours"),
        floor=24,
        ceiling=720,
        rule=ENTRENCHED,
    )
)
MINIMUM_AGE = declare(
    Policy(
        name="governance.minimum_age_days",
        kind="int",
        default=14,
        title=_("Membership that a vote needs"),
        unit=_("days"),
        floor=0,
        ceiling=365,
        rule=ENTRENCHED,
        about=_("Counted back from the first day of deliberation. Founding mode asks for none."),
    )
)
QUORUM = declare(
    Policy(
        name="governance.quorum_percent",
        kind="int",
        default=20,
        title=_("Quorum of an ordinary vote"),
        unit="%",
        floor=1,
        ceiling=60,
        rule=ENTRENCHED,
        about=_("Of the electorate; who abstains counts as taking part."),
    )
)
ENTRENCHED_QUORUM = declare(
    Policy(
        name="governance.entrenched_quorum_percent",
        kind="int",
        default=30,
        title=_("Quorum where entrenched clauses or settings change"),
        unit="%",
        floor=5,
        ceiling=75,
        rule=ENTRENCHED,
    )
)
SHARE = declare(
    Policy(
        name="governance.yes_share",
        kind="text",
        default=">1/2",
        choices=SHARES,
        title=_("Share of yes in an ordinary vote"),
        rule=ENTRENCHED,
        about=_("Of yes and no together; > is more than, >= is at least."),
    )
)
ENTRENCHED_SHARE = declare(
    Policy(
        name="governance.entrenched_yes_share",
        kind="text",
        default=">=2/3",
        choices=SHARES[1:],
        title=_("Share of yes where entrenched clauses or settings change"),
        rule=ENTRENCHED,
    )
)
GRACE_DAYS = declare(
    Policy(
        name="governance.grace_days",
        kind="int",
        default=14,
        title=_("Time to acknowledge new norms"),
        unit=_("days"),
        floor=3,
        ceiling=90,
        about=_("After it, who has not acknowledged them can read and vote, but not write."),
    )
)
FOUNDING_MEMBERS = declare(
    Policy(
        name="governance.founding_members",
        kind="int",
        default=7,
        title=_("Members with whom founding mode ends"),
        unit=_("members"),
        floor=3,
        ceiling=1000,
        rule=ENTRENCHED,
    )
)
ENTRENCHED_CLAUSES = declare(
    Policy(
        name="governance.entrenched_clauses",
        kind="list",
        default=["N3.3", "N5.4", "N6.3", "N6.4", "N7"],
        title=_("Entrenched clauses"),
        rule=ENTRENCHED,
        about=_("A section's number stands for all its clauses. They need the higher rule."),
    )
)
COMMITTEE_SEATS = declare(
    Policy(
        name="governance.committee_seats",
        kind="int",
        default=5,
        title=_("Seats of the committee"),
        unit=_("members"),
        floor=3,
        ceiling=15,
        rule=ENTRENCHED,
    )
)
COMMITTEE_TERM = declare(
    Policy(
        name="governance.committee_term_days",
        kind="int",
        default=365,
        title=_("Term of a committee member"),
        unit=_("days"),
        floor=90,
        ceiling=1095,
        rule=ENTRENCHED,
        about=_("In the first election half of the seats get half of it, so that terms overlap."),
    )
)
TERMS_IN_A_ROW = declare(
    Policy(
        name="governance.committee_terms_in_a_row",
        kind="int",
        default=2,
        title=_("Terms in a row in the committee"),
        floor=1,
        ceiling=5,
        rule=ENTRENCHED,
    )
)
PER_EMPLOYER = declare(
    Policy(
        name="governance.committee_per_employer",
        kind="int",
        default=2,
        title=_("Committee members of one employer at most"),
        unit=_("members"),
        floor=1,
        ceiling=15,
        rule=ENTRENCHED,
    )
)
COMMITTEE_METHOD = declare(
    Policy(
        name="governance.committee_method",
        kind="text",
        default="star",
        choices=("star", "stv", "approval"),
        title=_("How the committee is elected"),
        rule=ENTRENCHED,
        about=_("star: scores and runoffs, seat by seat; stv: ranked, in proportion; approval."),
    )
)
NOMINATION_DAYS = declare(
    Policy(
        name="governance.nomination_days",
        kind="int",
        default=10,
        title=_("Time to stand in an election"),
        unit=_("days"),
        floor=3,
        ceiling=60,
        rule=ENTRENCHED,
    )
)
APPOINTED_TERM = declare(
    Policy(
        name="governance.appointed_term_days",
        kind="int",
        default=365,
        title=_("Term of those whom the committee appoints"),
        unit=_("days"),
        floor=30,
        ceiling=730,
        about=_("Moderators, returns officers and auditors."),
    )
)
RECALL_PERCENT = declare(
    Policy(
        name="governance.recall_percent",
        kind="int",
        default=10,
        title=_("Supporters a recall needs"),
        unit="%",
        floor=5,
        ceiling=30,
        rule=ENTRENCHED,
        about=_("Of all members. Two thirds of the votes then end somebody's term."),
    )
)
