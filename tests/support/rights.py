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


def repo_scene(visibility: str) -> Callable[[], Scene]:
    def scene() -> Scene:
        from tests.factories import make_repo

        around = organisation_scene()
        repo = make_repo(
            around.people["owner"], namespace=around.obj.namespace, visibility=visibility
        )
        return Scene(repo, around.people)

    return scene


ALL = {"owner", "maintainer", "member", "invited", STRANGER, NOBODY}
INSIDE = {"owner", "maintainer", "member"}
SIGNED_IN = ALL - {NOBODY}
OUTSIDE = frozenset({"invited", STRANGER, NOBODY})
REPO_READS = frozenset({"see", "read", "download"})
REPO_WRITES = {"write": INSIDE, "settings": {"owner", "maintainer"}, "delete": {"owner"}}
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
            | {"discuss": SIGNED_IN, "propose": SIGNED_IN}
            | REPO_WRITES,
            reads=REPO_READS,
        ),
        Matrix(
            repo_scene("private"),
            dict.fromkeys((*REPO_READS, "discuss", "propose"), INSIDE) | REPO_WRITES,
            reads=REPO_READS,
            hidden=OUTSIDE,
        ),
    ),
}
