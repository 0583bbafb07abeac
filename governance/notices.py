"""What people are told about proposals, votes and norms."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.norms.models import NormsCampaign, NormsVersion
from governance.polls.models import UntoldBallot
from portal import notices
from portal.clock import db_now
from portal.people.models import Person, Standing

if TYPE_CHECKING:
    from governance.elections.models import Candidacy, Election, RoleGrant
    from governance.feedback.models import FeedbackThread
    from governance.polls.models import Poll
    from governance.proposals.models import Proposal

PROPOSALS, VOTES, BALLOTS = "governance_proposals", "governance_votes", "governance_ballots"
NORMS, FEEDBACK, OFFICES = "governance_norms", "governance_feedback", "governance_offices"
notices.declare(OFFICES, _("Offices that you hold or are proposed for"), default_mail=True)
notices.declare(PROPOSALS, _("Your proposals"), default_mail=True)
notices.declare(VOTES, _("Votes that you can take part in"), default_mail=True)
notices.declare(BALLOTS, _("Ballots that were cast in your name"), mandatory=True)
notices.declare(NORMS, _("New versions of the norms"), default_mail=True)
notices.declare(FEEDBACK, _("Feedback on what is yours, and answers to you"))
CHUNK = 1000


def ballots_cast() -> int:
    """Tell voters of the ballots cast in their names: nobody votes for others unseen.

    A job does it some seconds later, so that a cast costs no more than its own rows.
    """
    with transaction.atomic():
        waiting = UntoldBallot.objects.select_for_update(of=("self",)).select_related(
            "ballot__entry__poll", "ballot__entry__person"
        )[:CHUNK]
        rows = list(waiting)
        for row in rows:
            ballot = row.ballot
            _ballot_cast(ballot.entry.poll, ballot.entry.person, ballot.commitment)
        UntoldBallot.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _ballot_cast(poll: "Poll", voter: Person, proof: str) -> None:
    notices.send(
        voter,
        BALLOTS,
        subject=_("Your ballot on “%(question)s” is recorded"),
        body=_(
            "A ballot was cast in your name. If it was not you, tell the operators of this site "
            "at once. You can change it until the poll closes. Its commitment in the public log: "
            "%(proof)s"
        ),
        url=poll.get_absolute_url(),
        context={"question": poll.question_en, "proof": proof},
    )


def secret_poll_closed(poll: "Poll") -> int:
    """Tell all who voted that their ballots are counted: no ballot, no receipt, the log's head."""
    from portal.events.models import LogHead

    head = LogHead.objects.order_by("-size").first()
    voters = poll.electorate.exclude(ballot="").order_by("pseudonym").values_list("person_id")
    told, people = 0, [pk for (pk,) in voters]
    for start in range(0, len(people), CHUNK):
        chunk = Person.objects.filter(pk__in=people[start : start + CHUNK])
        with transaction.atomic():
            told += len(
                notices.send_many(
                    chunk,
                    BALLOTS,
                    subject=_("The secret vote “%(question)s” has closed"),
                    body=_(
                        "A secret ballot was cast in your name. If it was not you, tell the "
                        "operators of this site. Your receipt was shown to you alone. The public "
                        "log's latest head: %(head)s"
                    ),
                    url=poll.get_absolute_url(),
                    context={"question": poll.question_en, "head": head.note if head else "–"},
                )
            )
    return told


def poll_opened(poll: "Poll") -> int:
    """Tell the electorate, in chunks; those who were told already are left out."""
    from portal.notices.models import Notice

    url, told = poll.get_absolute_url(), 0
    already = Notice.objects.filter(kind=VOTES, url=url).values("person")
    waiting = list(poll.electorate.exclude(person__in=already).values_list("person_id", flat=True))
    for start in range(0, len(waiting), CHUNK):
        people = Person.objects.filter(pk__in=waiting[start : start + CHUNK])
        with transaction.atomic():
            told += len(
                notices.send_many(
                    people,
                    VOTES,
                    subject=_("A vote is open: “%(question)s”"),
                    body=_("You are in its electorate. It closes on %(closes)s (UTC)."),
                    url=url,
                    context={
                        "question": poll.question_en,
                        "closes": f"{poll.closes_at:%Y-%m-%d %H:%M}",
                    },
                )
            )
    return told


def new_norms(version: NormsVersion) -> int:
    """Ask every member to acknowledge a version, exactly once."""
    with transaction.atomic():
        fresh = NormsCampaign.objects.filter(version=version, told_at=None)
        if not fresh.update(told_at=db_now()):
            return 0
        everybody = Person.objects.filter(is_active=True).exclude(standing=Standing.ERASED)
        return len(
            notices.send_many(
                everybody,
                NORMS,
                subject=_("The norms have changed: version %(number)s is in force"),
                body=_(
                    "Please read what changed and acknowledge it by %(grace)s (UTC). After that "
                    "you can go on reading and voting, but not writing, until you have."
                ),
                url=version.document.accept_url,
                context={
                    "number": version.number,
                    "grace": f"{version.grace_until:%Y-%m-%d %H:%M}",
                },
            )
        )


def election_called(election: "Election") -> int:
    """Tell members that candidates are sought; those who were told already are left out."""
    from portal.notices.models import Notice

    url = election.get_absolute_url()
    already = Notice.objects.filter(kind=VOTES, url=url).values("person")
    everybody = Person.objects.filter(is_active=True).exclude(standing=Standing.ERASED)
    return len(
        notices.send_many(
            everybody.exclude(pk__in=already),
            VOTES,
            subject=_("Candidates for the committee are sought"),
            body=_(
                "There are %(seats)s seats. You can stand, or propose somebody, until "
                "%(until)s (UTC)."
            ),
            url=url,
            context={
                "seats": election.seats,
                "until": f"{election.nominations_until:%Y-%m-%d %H:%M}",
            },
        )
    )


def nominated(candidacy: "Candidacy") -> None:
    notices.send(
        candidacy.person,
        OFFICES,
        subject=_("You were proposed for the committee"),
        body=_("You are a candidate only if you say so yourself."),
        url=candidacy.election.get_absolute_url(),
    )


def role_given(grant: "RoleGrant") -> None:
    notices.send(
        grant.person,
        OFFICES,
        subject=_("An office is yours"),
        body=_("It ends by itself on %(until)s (UTC)."),
        url="/elections/",
        context={"until": f"{grant.ends_at:%Y-%m-%d %H:%M}"},
    )


STEPS = {
    "carry": (_("“%(title)s” has enough supporters"), _("Deliberation has begun.")),
    "open": (_("The vote on “%(title)s” is open"), _("Nobody sees how it stands before it ends.")),
    "pass": (_("“%(title)s” has passed"), _("It takes effect when the time to challenge is over.")),
    "reject": (_("“%(title)s” was rejected"), _("Nothing changes.")),
    "miss_quorum": (_("Too few voted on “%(title)s”"), _("Nothing changes.")),
    "tie": (_("The vote on “%(title)s” is a tie"), _("Nothing changes.")),
    "enact": (_("“%(title)s” is in force"), _("The norms and settings are as it says.")),
    "adopt": (_("“%(title)s” is in force"), _("A founder has adopted it.")),
    "expire": (_("“%(title)s” has expired"), _("It did not find enough supporters in time.")),
}


def step_taken(proposal: "Proposal", deed: str) -> None:
    """Tell the authors of a step that they did not take themselves."""
    if deed in STEPS:
        subject, body = STEPS[deed]
        notices.send_many(
            authors(proposal),
            PROPOSALS,
            subject=subject,
            body=body,
            url=proposal.get_absolute_url(),
            context={"title": proposal.title},
        )


def authors(proposal: "Proposal") -> list[Person]:
    rows = proposal.coauthors.select_related("person")
    return [proposal.author, *(row.person for row in rows)]


def in_conflict(proposal: "Proposal") -> None:
    """Tell the authors that what they wrote against has moved."""
    notices.send_many(
        authors(proposal),
        PROPOSALS,
        subject=_("“%(title)s” is in conflict with the norms in force"),
        body=_(
            "What it changes has changed since it was written, so it cannot take effect. Rebase "
            "it: write it anew against the norms in force. Support begins again."
        ),
        url=proposal.get_absolute_url(),
        context={"title": proposal.title},
    )


def answered(thread: "FeedbackThread", by: Person) -> None:
    if thread.author_id != by.pk:
        notices.send(
            thread.author,
            FEEDBACK,
            subject=_("An answer to “%(title)s”"),
            body=_("%(person)s has answered your feedback."),
            url=thread.get_absolute_url(),
            context={"title": thread.title, "person": by.shown_name},
        )


def received(thread: "FeedbackThread", people: "list[Person]") -> None:
    """Tell those who look after what feedback is about."""
    notices.send_many(
        [person for person in people if person.pk != thread.author_id],
        FEEDBACK,
        subject=_("Feedback on %(target)s: “%(title)s”"),
        body=_("Somebody has left feedback on something that you look after."),
        url=thread.get_absolute_url(),
        context={"target": thread.target, "title": thread.title},
    )
