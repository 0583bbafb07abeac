"""What governance knows about a person. Erased, their words go; their votes keep a pseudonym."""

from typing import Any

from governance.elections.models import Candidacy, RoleGrant
from governance.feedback.models import FeedbackPost, FeedbackThread, Reaction
from governance.opinions.models import Opinion, Statement
from governance.polls.models import Ballot, ElectorateEntry
from governance.proposals.models import Comment, Proposal, ProposalRevision, Support
from portal import privacy, search
from portal.people.models import Person


def export(person: Person) -> dict[str, Any]:
    """Return what somebody proposed, supported, said and voted, with their receipts."""
    ballots = Ballot.objects.filter(entry__person=person).select_related("entry")
    return _offices(person) | {
        "proposals": list(Proposal.objects.filter(author=person).values("id", "kind", "state")),
        "wordings": list(
            ProposalRevision.objects.filter(by=person).values(
                "proposal", "number", "title", "reasons", "patch", "policies", "created_at"
            )
        ),
        "supported": list(Support.objects.filter(person=person).values("revision__proposal", "at")),
        "comments": list(
            Comment.objects.filter(person=person).values("proposal", "clause", "text", "at")
        ),
        "feedback": list(
            FeedbackThread.objects.filter(author=person).values("id", "title", "state")
        ),
        "posts": list(FeedbackPost.objects.filter(person=person).values("thread", "text", "at")),
        "reactions": list(Reaction.objects.filter(person=person).values("thread", "sign", "at")),
        "ballots": [
            {
                "poll": ballot.entry.poll_id,
                "pseudonym": ballot.entry.pseudonym,
                "choice": ballot.choice,
                "counts": ballot.entry.ballot == ballot.pk,
                "nonce": ballot.nonce,
                "commitment": ballot.commitment,
                "at": ballot.at,
            }
            for ballot in ballots
        ],
    }


def _offices(person: Person) -> dict[str, Any]:
    voted = ElectorateEntry.objects.filter(person=person, poll__secret=True).exclude(ballot="")
    said = ("election", "employer", "statement", "accepted_at", "withdrawn_at")
    held = ("role", "way", "starts_at", "ends_at", "revoked_at")
    return {
        "candidacies": list(Candidacy.objects.filter(person=person).values(*said)),
        "offices": list(RoleGrant.objects.filter(person=person).values(*held)),
        "statements": list(Statement.objects.filter(person=person).values("proposal", "text")),
        "opinions": list(Opinion.objects.filter(person=person).values("statement", "sign")),
        "secret_polls_voted_in": list(voted.values_list("poll", flat=True)),
    }


def erase(person: Person) -> None:
    """Take the person's words out. Ballots, support and wordings stay under the opaque id."""
    Comment.objects.filter(person=person).update(text="", erased=True)
    FeedbackPost.objects.filter(person=person).update(text="", erased=True)
    Candidacy.objects.filter(person=person).update(statement="", employer="")
    Statement.objects.filter(person=person).update(text="", erased=True)
    Opinion.objects.filter(person=person).delete()
    RoleGrant.objects.filter(person=person).update(employer="")
    mine = FeedbackThread.objects.filter(author=person)
    for thread in mine:
        search.remove("feedback", thread.pk)
    mine.update(title="…")
    Reaction.objects.filter(person=person).delete()


privacy.contribute("governance", export=export, erase=erase)
