"""What each kind of object is tested with: who stands how to it, and what they may do.

The matrix is written by hand and apart from the tables, so that a slip in a table shows. An app
that contributes a table adds a `Matrix` here; a verb or role that is not in it fails the test.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NOBODY, STRANGER = "nobody", "stranger"  # without an account; with one, and no part in it


@dataclass(frozen=True)
class Scene:
    """An object, and the people who stand around it by the name of their standing."""

    obj: Any
    people: Mapping[str, Any]


@dataclass(frozen=True)
class Matrix:
    """`may`: verb -> the standings that may do it; `reads`: verbs a read token and a suspended
    person may do too; `free`: writing verbs that a suspension does not touch; `session`: verbs
    that no token may do; `hidden`: standings to whom the object is missing."""

    scene: Callable[[], Scene]
    may: Mapping[str, set[str]]
    reads: frozenset[str] = frozenset()
    free: frozenset[str] = frozenset()
    session: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()


def _person() -> Any:
    from tests.factories import PersonFactory

    return PersonFactory()


def organisation_scene() -> Scene:
    from portal.clock import db_now
    from portal.organisations.models import Invitation
    from tests.factories import MembershipFactory, OrganisationFactory

    organisation = OrganisationFactory()
    people = {
        role: MembershipFactory(organisation=organisation, role=role).person
        for role in ("owner", "maintainer", "member")
    }
    invited = _person()
    Invitation.objects.create(
        organisation=organisation, person=invited, invited_by=people["owner"], created_at=db_now()
    )
    return Scene(organisation, people | {"invited": invited, STRANGER: _person(), NOBODY: None})


def person_scene() -> Scene:
    whom = _person()
    return Scene(whom, {"self": whom, STRANGER: _person(), NOBODY: None})


def job_scene() -> Scene:
    from portal import jobs
    from tests.factories import PersonFactory

    creator = _person()
    job = jobs.enqueue("portal.events.jobs.append_to_log", "rights", {}, by=creator)
    people = {"creator": creator, "staff": PersonFactory(is_staff=True)}
    return Scene(job, people | {STRANGER: _person(), NOBODY: None})


def erased_scene() -> Scene:
    from portal.people.erasure import erase

    scene = person_scene()
    erase(scene.obj, by=None)
    return scene


def token_scene() -> Scene:
    from portal import tokens

    owner = _person()
    token, _secret = tokens.issue(owner, name="laptop", role="write")
    return Scene(token, {"owner": owner, STRANGER: _person(), NOBODY: None})


def namespace_scene() -> Scene:
    scene = organisation_scene()
    return Scene(scene.obj.namespace, scene.people)


def own_namespace_scene() -> Scene:
    owner = _person()
    return Scene(owner.namespace, {"owner": owner, STRANGER: _person(), NOBODY: None})


def repo_scene(visibility: str, kind: str = "model") -> Callable[[], Scene]:
    def scene() -> Scene:
        from tests.factories import make_repo

        around = organisation_scene()
        repo = make_repo(
            around.people["owner"],
            namespace=around.obj.namespace,
            visibility=visibility,
            kind=kind,
        )
        return Scene(repo, around.people)

    return scene


def discussion_scene(visibility: str) -> Callable[[], Scene]:
    """A pull request's or discussion's author is a guest of the repo, or was one."""

    def scene() -> Scene:
        from models_registry.discussions import talking

        around = repo_scene(visibility)()
        author = _person()
        made = talking.open_discussion(around.obj, by=author, title="A question", text="Why?")
        return Scene(made, {**around.people, "author": author})

    return scene


def comment_scene(visibility: str) -> Callable[[], Scene]:
    def scene() -> Scene:
        around = discussion_scene(visibility)()
        return Scene(around.obj.entries.get(), around.people)

    return scene


def own_repo_scene() -> Scene:
    from tests.factories import make_repo

    owner = _person()
    repo = make_repo(owner, visibility="private")
    return Scene(repo, {"owner": owner, STRANGER: _person(), NOBODY: None})


def norms_scene() -> Scene:
    from governance import norms
    from tests.support import documents

    documents.site_documents()
    people = {"staff": _agreed(is_staff=True), "founder": _agreed(is_superuser=True)}
    for role in ("committee", "moderator", "returns_officer"):
        people[role] = _agreed()
        _grant(people[role], role)
    return Scene(norms.current(), people | {STRANGER: _agreed(), NOBODY: None})


def _grant(person: Any, role: str) -> Any:
    import datetime as dt

    from governance.elections import offices
    from portal.clock import db_now

    now = db_now()
    return offices.grant(
        person=person,
        role=role,
        way="founder",
        cause="test:1",
        starts_at=now,
        ends_at=now + dt.timedelta(days=1),
    )


def election_scene() -> Scene:
    from governance.elections.models import Candidacy, Election
    from portal.clock import db_now

    now = db_now()
    election = Election.objects.create(seats=3, called_at=now, nominations_until=now)
    person = _person()
    Candidacy.objects.create(
        election=election, person=person, nominated_by=person, nominated_at=now
    )
    return Scene(election, {"candidate": person, STRANGER: _person(), NOBODY: None})


def appointment_scene() -> Scene:
    from governance.elections.models import Appointment
    from portal.clock import db_now

    member, chosen = _person(), _person()
    _grant(member, "committee")
    appointment = Appointment.objects.create(
        role="moderator", person=chosen, by=member, reasons="Yes.", at=db_now()
    )
    people = {"committee": member, "chosen": chosen, STRANGER: _person(), NOBODY: None}
    return Scene(appointment, people)


def office_scene() -> Scene:
    holder, other = _person(), _person()
    grant = _grant(holder, "committee")
    _grant(other, "committee")
    people = {"holder": holder, "committee": other, STRANGER: _person(), NOBODY: None}
    return Scene(grant, people)


def _agreed(**fields: Any) -> Any:
    """Somebody who has accepted the terms and norms, where the site has any."""
    from portal import agreements
    from tests.factories import PersonFactory
    from tests.support import documents

    person = PersonFactory(**fields)
    for version in agreements.outstanding(person):
        documents.accepted(person, version)
    return person


def proposal_scene(*, submitted: bool) -> Callable[[], Scene]:
    def scene() -> Scene:
        from governance.proposals import drafting
        from tests.governance import world
        from tests.support import documents

        documents.site_documents()
        author, coauthor = _agreed(), _agreed()
        proposal = world.drafted(author)
        drafting.add_coauthor(proposal, by=author, person=coauthor)
        if submitted:
            drafting.submit(proposal, by=author)
        people = {"author": author, "coauthor": coauthor, "founder": _agreed(is_superuser=True)}
        return Scene(world.fresh(proposal), people | {STRANGER: _agreed(), NOBODY: None})

    return scene


def poll_scene() -> Scene:
    from governance.polls.models import ElectorateEntry, Poll
    from portal.clock import db_now

    poll = Poll.objects.create(
        question_en="?", question_zh="?", method="threshold", state="opening", created_at=db_now()
    )
    elector = _person()
    ElectorateEntry.objects.create(poll=poll, person=elector, pseudonym="a" * 32, why="member")
    founder, auditor = _agreed(is_superuser=True), _person()
    _grant(auditor, "auditor")
    return Scene(
        poll,
        {
            "auditor": auditor,
            "elector": elector,
            "founder": founder,
            STRANGER: _person(),
            NOBODY: None,
        },
    )


def feedback_scene() -> Scene:
    from governance.feedback import threads
    from tests.factories import PersonFactory

    author = _person()
    thread = threads.start(by=author, title="Too long", text="Nobody reads it.")
    people = {"author": author, "staff": PersonFactory(is_staff=True), "moderator": _person()}
    _grant(people["moderator"], "moderator")
    return Scene(thread, people | {STRANGER: _person(), NOBODY: None})


ALL = {"owner", "maintainer", "member", "invited", STRANGER, NOBODY}
INSIDE = {"owner", "maintainer", "member"}
SIGNED_IN = ALL - {NOBODY}
OUTSIDE = frozenset({"invited", STRANGER, NOBODY})
REPO_READS = frozenset({"see", "read", "download"})
REPO_WRITES = {"write": INSIDE, "settings": {"owner", "maintainer"}, "delete": {"owner"}}
WRITERS = {"author", "coauthor"}
COMMUNITY = {"staff", "founder", "committee", "moderator", "returns_officer", STRANGER}
EVERYBODY = {*WRITERS, "founder", STRANGER}
TOKEN_VERBS = frozenset({"see", "revoke"})

MATRICES: dict[str, tuple[Matrix, ...]] = {
    "Organisation": (
        Matrix(
            organisation_scene,
            {
                "see": ALL,
                "see_invitations": {"owner", "maintainer"},
                "invite": {"owner", "maintainer"},
                "edit": {"owner"},
                "set_role": {"owner"},
                "remove_member": {"owner"},
                "leave": INSIDE,
                "answer": {"invited"},
            },
            reads=frozenset({"see", "see_invitations"}),
            free=frozenset({"leave"}),
        ),
    ),
    "Person": (
        Matrix(
            person_scene,
            {
                "see": {"self", STRANGER, NOBODY},
                "read_own": {"self"},
                "edit": {"self"},
                "create_organisation": {"self"},
                "manage_tokens": {"self"},
            },
            reads=frozenset({"see", "read_own"}),
            free=frozenset({"manage_tokens"}),
            session=frozenset({"manage_tokens"}),
        ),
        Matrix(
            erased_scene,
            {
                verb: set()
                for verb in ("see", "read_own", "edit", "create_organisation", "manage_tokens")
            },
            hidden=frozenset({"self", STRANGER, NOBODY}),
        ),
    ),
    "AccessToken": (
        Matrix(
            token_scene,
            {"see": {"owner"}, "revoke": {"owner"}},
            free=TOKEN_VERBS,
            session=TOKEN_VERBS,
            hidden=frozenset({STRANGER, NOBODY}),
        ),
    ),
    "Job": (
        Matrix(
            job_scene,
            {"see": {"creator", "staff"}, "cancel": {"creator", "staff"}},
            reads=frozenset({"see"}),
            hidden=OUTSIDE,
        ),
    ),
    "Namespace": (
        Matrix(
            namespace_scene,
            {"see": ALL, "create_repo": INSIDE},
            reads=frozenset({"see"}),
        ),
        Matrix(
            own_namespace_scene,
            {"see": {"owner", STRANGER, NOBODY}, "create_repo": {"owner"}},
            reads=frozenset({"see"}),
        ),
    ),
    "Repo": (
        Matrix(
            repo_scene("public"),
            dict.fromkeys(REPO_READS, ALL)
            | {"discuss": SIGNED_IN, "propose": SIGNED_IN, "like": SIGNED_IN}
            | REPO_WRITES,
            reads=REPO_READS,
        ),
        *(
            Matrix(
                repo_scene("private", kind),
                dict.fromkeys((*REPO_READS, "discuss", "propose", "like"), INSIDE) | REPO_WRITES,
                reads=REPO_READS,
                hidden=OUTSIDE,
            )
            for kind in ("model", "dataset")
        ),
        Matrix(
            own_repo_scene,
            {key: {"owner"} for key in (*REPO_READS, "discuss", "propose", "like", *REPO_WRITES)},
            reads=REPO_READS,
            hidden=OUTSIDE,
        ),
    ),
    "Discussion": (
        Matrix(
            discussion_scene("public"),
            {
                "see": ALL | {"author"},
                "comment": SIGNED_IN | {"author"},
                "change": INSIDE | {"author"},
                "merge": INSIDE,
            },
            reads=frozenset({"see"}),
        ),
        Matrix(
            discussion_scene("private"),
            dict.fromkeys(("see", "comment", "change", "merge"), INSIDE),
            reads=frozenset({"see"}),
            hidden=OUTSIDE | {"author"},
        ),
    ),
    "DiscussionEntry": (
        Matrix(
            comment_scene("public"),
            {"see": ALL | {"author"}, "edit": {"author"}, "hide": INSIDE | {"author"}},
            reads=frozenset({"see"}),
        ),
        Matrix(
            comment_scene("private"),
            {"see": INSIDE, "edit": set(), "hide": INSIDE},
            reads=frozenset({"see"}),
            hidden=OUTSIDE | {"author"},
        ),
    ),
    "NormsVersion": (
        Matrix(
            norms_scene,
            {
                "see": COMMUNITY | {NOBODY},
                "propose": COMMUNITY,
                "give_feedback": COMMUNITY,
                "ask": {"staff", "moderator"},
                "call": {"founder", "committee", "returns_officer"},
                "appoint": {"committee"},
                "name_officer": {"founder"},
            },
            reads=frozenset({"see"}),
        ),
    ),
    "Proposal": (
        Matrix(
            proposal_scene(submitted=False),
            dict.fromkeys(("see", "revise", "submit", "withdraw", "support", "comment"), WRITERS)
            | {"adopt": set()},
            reads=frozenset({"see"}),
            free=frozenset({"withdraw"}),
            hidden=frozenset({"founder", STRANGER, NOBODY}),
        ),
        Matrix(
            proposal_scene(submitted=True),
            {
                "see": {*WRITERS, "founder", STRANGER, NOBODY},
                **dict.fromkeys(("revise", "submit", "withdraw"), WRITERS),
                **dict.fromkeys(("support", "comment"), EVERYBODY),
                "adopt": {"founder"},
            },
            reads=frozenset({"see"}),
            free=frozenset({"withdraw"}),
        ),
    ),
    "Poll": (
        Matrix(
            poll_scene,
            {
                "see": {"elector", "founder", "auditor", STRANGER, NOBODY},
                "vote": {"elector"},
                "annul": {"founder", "auditor"},
            },
            reads=frozenset({"see"}),
            free=frozenset({"vote"}),
        ),
    ),
    "FeedbackThread": (
        Matrix(
            feedback_scene,
            {
                "see": {"author", "staff", "moderator", STRANGER, NOBODY},
                "answer": {"author", "staff", "moderator", STRANGER},
                "react": {"author", "staff", "moderator", STRANGER},
                "decline": {"author", "staff", "moderator"},
                "merge": {"staff", "moderator"},
            },
            reads=frozenset({"see"}),
        ),
    ),
    "Election": (
        Matrix(
            election_scene,
            {
                "see": {"candidate", STRANGER, NOBODY},
                "nominate": {"candidate", STRANGER},
                "stand": {"candidate", STRANGER},
                "withdraw": {"candidate"},
            },
            reads=frozenset({"see"}),
            free=frozenset({"withdraw"}),
        ),
    ),
    "Appointment": (
        Matrix(
            appointment_scene,
            {"see": {"committee", "chosen", STRANGER, NOBODY}, "assent": {"committee"}},
            reads=frozenset({"see"}),
        ),
    ),
    "RoleGrant": (
        Matrix(
            office_scene,
            {"see": {"holder", "committee", STRANGER, NOBODY}, "resign": {"holder"}},
            reads=frozenset({"see"}),
            free=frozenset({"resign"}),
        ),
    ),
}
