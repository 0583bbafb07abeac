"""Every cell of every contributed table: standing x object x verb, by session and by token.

A table, verb or role without a cell in `tests.support.rights` fails here.
"""

import datetime as dt

import pytest

from portal import tokens
from portal.access import TABLES, Actor, Suspended, TokenScope, decide
from portal.access import allowed as verbs_allowed
from portal.clock import db_now, shifted
from portal.errors import Forbidden, Missing, Unauthenticated
from portal.people.models import Standing
from portal.tokens.scopes import Scopes
from tests.support.rights import MATRICES, Matrix, Scene

CASES = [
    pytest.param(matrix, id=f"{kind}-{number}")
    for kind, matrices in MATRICES.items()
    for number, matrix in enumerate(matrices)
]
pytestmark = [pytest.mark.django_db, pytest.mark.db]


def cells(matrix: Matrix, scene: Scene):
    for verb, may in matrix.may.items():
        for standing, person in scene.people.items():
            yield verb, standing, person, standing in may


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
def test_every_verb_and_role_of_a_table_has_a_cell(kind):
    table, matrices = TABLES[kind], MATRICES.get(kind.__name__, ())
    assert matrices, f"{kind.__name__} has a table of rights and no matrix in tests.support.rights"
    held = {"anyone", "member"}
    for matrix in matrices:
        assert set(matrix.may) == set(table.verbs)
        scene = matrix.scene()
        for person in scene.people.values():
            held |= table.roles_of(person, scene.obj)
    named = set().union(*table.verbs.values())
    assert named <= held, f"no matrix has somebody who is {named - held}"


@pytest.mark.parametrize("matrix", CASES)
def test_a_session_may_what_the_matrix_says(matrix):
    scene = matrix.scene()
    for verb, standing, person, allowed in cells(matrix, scene):
        decision = decide(Actor(person), verb, scene.obj)
        assert decision.allowed == allowed, (verb, standing)
        assert (verb in verbs_allowed(Actor(person), scene.obj)) == allowed, (verb, standing)
        if allowed:
            assert decision.refusal is None
        elif standing in matrix.hidden:
            assert type(decision.refusal) is Missing, (verb, standing)
        elif person is None:
            assert type(decision.refusal) is Unauthenticated, (verb, standing)
        else:
            assert type(decision.refusal) is Forbidden, (verb, standing)


@pytest.mark.parametrize("matrix", CASES)
def test_a_token_may_never_more_than_its_person(matrix):
    scene = matrix.scene()
    for verb, standing, person, allowed in cells(matrix, scene):
        if person is None or not person.is_active:
            continue
        for role in ("read", "write"):
            token, _secret = tokens.issue(person, name="t", role=role)
            fits = verb not in matrix.session and (role == "write" or verb in matrix.reads)
            decision = decide(Actor(person, token), verb, scene.obj)
            assert decision.allowed == (allowed and fits), (verb, standing, role)
            if allowed and not fits:
                assert isinstance(decision.refusal, TokenScope | Missing)


@pytest.mark.parametrize("matrix", CASES)
def test_a_fine_grained_token_for_another_object_opens_nothing_hidden(matrix):
    scene = matrix.scene()
    elsewhere = Scopes(only={"somebody/else": frozenset({"repo.write"})})
    for verb, standing, person, _allowed in cells(matrix, scene):
        if person is None or not person.is_active:
            continue
        token, _secret = tokens.issue(person, name="t", role="fineGrained", scopes=elsewhere)
        assert not decide(Actor(person, token), verb, scene.obj), (verb, standing)


@pytest.mark.parametrize("matrix", CASES)
def test_a_suspended_person_reads_and_does_nothing_else_until_it_ends(matrix):
    scene = matrix.scene()
    for verb, standing, person, allowed in cells(matrix, scene):
        if person is None or not person.is_active:
            continue
        person.standing = Standing.SUSPENDED
        person.standing_until = db_now() + dt.timedelta(hours=1)
        stays = verb in matrix.reads or verb in matrix.free
        decision = decide(Actor(person), verb, scene.obj)
        assert decision.allowed == (allowed and stays), (verb, standing)
        if allowed and not stays:
            assert isinstance(decision.refusal, Suspended)
        with shifted(dt.timedelta(hours=2)):
            assert decide(Actor(person), verb, scene.obj).allowed == allowed


def test_a_suspension_without_an_end_does_not_end(maker):
    maker.standing = Standing.SUSPENDED
    with shifted(dt.timedelta(days=4000)):
        assert isinstance(decide(Actor(maker), "edit", maker).refusal, Suspended)


def test_somebody_who_was_switched_off_is_nobody(maker, rf):
    request = rf.get("/")
    maker.is_active = False
    request.user = maker
    assert Actor.of(request) == Actor(None, None)


def test_an_unknown_verb_is_a_mistake_of_ours(maker):
    with pytest.raises(KeyError):
        decide(Actor(maker), "levitate", maker)
