"""What a repo and everything it stands on ask for, and how far a person has met it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, JSONField, OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.urls import reverse

from models_registry.models import AccessRequest, BaseLink, Repo, RequestState
from models_registry.models.repos import Gated as GateMode
from models_registry.revisions import Revision
from portal.access import Actor, decide
from portal.agreements.models import Acceptance, DocumentVersion, State
from portal.licences.models import LicenceVersion
from portal.prepared import Prepared

if TYPE_CHECKING:
    from portal.people.models import Person

CHAIN_DEPTH = 16
UNGATED_FILES = ("readme.md", "license", "licence", ".gitattributes", "notice")


@dataclass(frozen=True)
class Requirement:
    """What one repo of the chain asks for. `version_id` None: its licence was withdrawn.

    `accepted_before`: another version was accepted, and the acceptance stands. `number`: of the
    version in force.
    """

    repo: Repo
    licence: LicenceVersion | None
    version_id: int | None
    number: str
    accepted: bool
    accepted_before: bool
    mode: str
    request_state: str

    @property
    def licence_is_missing(self) -> bool:
        return self.licence is not None and not self.accepted

    @property
    def accept_url(self) -> str:
        """Where the version in force is read and accepted; "" where it was withdrawn."""
        if self.licence is None or self.version_id is None:
            return ""
        return reverse("agree_one", args=[self.licence.licence.slug, self.number])

    def approval_is_missing(self, actor: Actor) -> bool:
        """Whether the owner's yes is still needed; `auto` is content with an accepted licence."""
        if not self.mode or self.request_state == RequestState.ACCEPTED:
            return False
        if self.mode == GateMode.AUTO and self.licence is not None:
            return self.request_state == RequestState.REJECTED
        return not gives_access_itself(actor, self.repo)


def gives_access_itself(actor: Actor, repo: Repo) -> bool:
    """Whether this person decides who gets access, so that nobody else is asked for them."""
    return bool(decide(Actor(actor.person), "settings", repo))


def chain_of(repo: int) -> RawSQL:
    """Return a query of the ids of this repo and of all it stands on, in no order."""
    links = BaseLink._meta.db_table
    return RawSQL(
        f"""WITH RECURSIVE chain(id, depth) AS (
            SELECT CAST(%s AS bigint), 0
            UNION
            SELECT link.base_id, chain.depth + 1
            FROM chain JOIN {links} link ON link.repo_id = chain.id
            WHERE link.base_id IS NOT NULL AND chain.depth < {CHAIN_DEPTH})
        SELECT id FROM chain""",
        [repo],
    )


def requirements(repo: Repo, person: "Person | None" = None) -> list[Requirement]:
    """Return what `repo` and its bases ask for, and how far `person` has met it. One query."""
    rows = _ASKED.all(repo=repo.pk, person=person.pk if person else 0)
    found = [requirement for row in rows if (requirement := requirement_of(row, repo))]
    return sorted(found, key=lambda requirement: requirement.repo.pk != repo.pk)


def _asked(repo: int, person: int) -> QuerySet[Repo]:
    """Return the repo and what it stands on, with the state of this person towards each."""
    document = OuterRef("licence__licence__document")
    current = DocumentVersion.objects.filter(document=document, state=State.CURRENT)
    accepted = Acceptance.objects.standing().filter(person=person, version__document=document)
    asked = AccessRequest.objects.filter(person=person, repo=OuterRef("pk"))
    return (
        Repo.objects.filter(pk__in=chain_of(repo))
        .select_related("namespace", "licence__licence")
        .annotate(
            in_force=Subquery(current.values("pk")[:1]),
            number_in_force=Subquery(current.values("number")[:1]),
            terms_in_force=Subquery(
                current.values("licence_version__terms")[:1], output_field=JSONField()
            ),
            accepts_current=Exists(accepted.filter(version__state=State.CURRENT)),
            accepts_any=Exists(accepted.exclude(version__state=State.WITHDRAWN)),
            request_state=Subquery(asked.values("state")[:1]),
        )
    )


_ASKED = Prepared(_asked, repo=int, person=int)
_ASKING = Prepared(lambda: LicenceVersion.objects.asking().only("pk"))


def requirement_of(row: Any, asked_for: Repo) -> Requirement | None:
    """Return what this repo of the chain asks for, or None if it asks for nothing.

    A private base counts only for repos of its own namespace: else a card that names it would
    tell by its gate that it is there.
    """
    terms = row.terms_in_force or (row.licence.terms if row.licence else {})
    gate = terms.get("gate", {})
    asks = gate.get("click") == "required"
    accepted = row.accepts_any if gate.get("re_consent_on") == "never" else row.accepts_current
    own = row.pk == asked_for.pk
    hidden = row.is_private and row.namespace_id != asked_for.namespace_id
    if hidden or not (asks or row.gated):
        return None
    return Requirement(
        repo=asked_for if own else row,
        licence=row.licence if asks else None,
        version_id=row.in_force,
        number=row.number_in_force or "",
        accepted=accepted,
        accepted_before=row.accepts_any and not accepted,
        mode=row.gated,
        request_state=row.request_state or "",
    )


def is_met(actor: Actor, repo: Repo) -> bool:
    """Whether `check` would let this person pass."""
    return not any(
        requirement.licence_is_missing or requirement.approval_is_missing(actor)
        for requirement in requirements(repo, actor.person)
    )


def mode_of(asked: Sequence[Requirement]) -> str:
    """Return the gate as the protocol names it: "", `auto` or `manual`."""
    if any(requirement.mode == GateMode.MANUAL for requirement in asked):
        return GateMode.MANUAL
    return GateMode.AUTO if asked else GateMode.OPEN


def modes_of(repos: Sequence[Repo]) -> dict[int, str]:
    """Return the gate of each repo of a list, by its id: its own and its licence's. One query at
    most, none where no licence can tell more than the repos do.

    What bases ask for is not followed here: a list tells a repo's own gate, the repo's page and
    every download the whole of it.
    """
    licensed = any(repo.licence_id and not repo.gated for repo in repos)
    asking = {version.pk for version in _ASKING.all()} if licensed else set()
    return {
        repo.pk: repo.gated or (GateMode.AUTO if repo.licence_id in asking else GateMode.OPEN)
        for repo in repos
    }


def is_ungated_file(path: str, revision: Revision) -> bool:
    """Whether a file tells what the repo is and what its licence says: those are read before.

    Only as the owner put it on the default branch: a pull request of somebody else's could copy
    gated content to such a name.
    """
    name = path.lower()
    return (
        revision.on_default
        and "/" not in path
        and (name in UNGATED_FILES or name.startswith(("license.", "license-")))
    )
