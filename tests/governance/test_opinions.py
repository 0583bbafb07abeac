"""Opinion maps: who judges alike stands together, and nothing is decided by it."""

import itertools
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.opinions import maps, stating
from governance.opinions.models import Opinion, Statement
from governance.proposals import drafting
from governance.proposals.states import NotThisStep
from portal.errors import Invalid, TooMany
from tests.governance import world

STATEMENTS = [f"s{n}" for n in range(8)]


def camps(*sizes, seed=1):
    """People of opposed camps, each with a little of its own mind; all agree with s7."""
    chance = random.Random(seed)
    said = {}
    for camp, size in enumerate(sizes):
        for n in range(size):
            mind = {s: 1 if (k + camp) % len(sizes) == 0 else -1 for k, s in enumerate(STATEMENTS)}
            mind[STATEMENTS[chance.randrange(7)]] = 0
            said[f"camp{camp}-{n:02}"] = mind | {"s7": 1}
    return said


@pytest.mark.parametrize("sizes", [(9, 6), (8, 7, 5)], ids=["two", "three"])
def test_camps_are_found(sizes):
    said = camps(*sizes)
    found = maps.drawn(said)
    assert [len(group) for group in found.groups] == sorted(sizes, reverse=True)
    for group in found.groups:
        assert len({name.partition("-")[0] for name in group}) == 1
    assert ("s7", maps.AGREE) in found.consensus


def test_what_divides_is_no_consensus_and_what_all_reject_is():
    said = {name: mind | {"s6": -1} for name, mind in camps(9, 6).items()}
    found = maps.drawn(said)
    assert dict(found.consensus) == {"s6": maps.DISAGREE, "s7": maps.AGREE}
    assert found.everybody["s6"].disagree == 15


def test_a_large_camp_does_not_drown_a_small_one():
    found = maps.drawn(camps(40, 4))
    assert sorted(len(group) for group in found.groups) == [4, 40]
    assert {name for name, _sign in found.consensus} == {"s7"}


def test_few_people_or_few_judgements_make_no_map():
    assert maps.drawn({}).points == {}
    assert maps.drawn({f"p{n}": {"s1": 1, "s2": 1} for n in range(9)}).points == {}
    alike = maps.drawn({f"p{n}": {"s1": 1, "s2": 1, "s3": 1} for n in range(9)})
    assert len(alike.groups) == 1 and len(alike.consensus) == 3


signs = st.sampled_from([1, -1, 0])
people = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.dictionaries(st.sampled_from(STATEMENTS), signs, max_size=8),
    max_size=25,
)


@given(people, st.randoms())
def test_the_order_of_judgements_does_not_matter(said, chance):
    mixed = list(said.items())
    chance.shuffle(mixed)
    again = {}
    for name, mind in mixed:
        pairs = list(mind.items())
        chance.shuffle(pairs)
        again[name] = dict(pairs)
    assert maps.drawn(said) == maps.drawn(again)


@given(people)
def test_everybody_placed_is_in_one_group(said):
    found = maps.drawn(said)
    assert sorted(itertools.chain(*found.groups)) == sorted(found.points)
    assert all(name in {s for m in said.values() for s in m} for name, _sign in found.consensus)


# --- on a proposal ------------------------------------------------------------------------------
@pytest.fixture
def members(community, founded, later):
    later.days(15)
    return community


@pytest.mark.db
def test_statements_are_judged_and_a_mind_can_be_changed(members):
    proposal = world.submitted(members[0])
    made = stating.state(proposal, by=members[1], text="It is  too long.")
    assert made.text == "It is too long."
    for sign in (1, -1):
        stating.judge(made, by=members[2], sign=sign)
    assert dict(made.opinions.values_list("person__username", "sign")) == {"bo": 1, "cy": -1}
    with pytest.raises(Invalid):
        stating.state(proposal, by=members[3], text="it is too long.")
    with pytest.raises(Invalid):
        stating.state(proposal, by=members[3], text="x" * 141)


@pytest.mark.db
def test_nobody_fills_the_page_alone(members):
    proposal = world.submitted(members[0])
    for number in range(stating.MOST_EACH):
        stating.state(proposal, by=members[1], text=f"Thought {number}.")
    with pytest.raises(TooMany):
        stating.state(proposal, by=members[1], text="One more.")


@pytest.mark.db
def test_opinions_end_with_deliberation_and_decide_nothing(members, later):
    proposal = world.submitted(members[0])
    made = stating.state(proposal, by=members[1], text="It is too long.")
    for person in members[1:]:
        stating.judge(made, by=person, sign=-1)
    assert world.fresh(proposal).state == "seeking_support"
    drafting.withdraw(proposal, by=members[0])
    with pytest.raises(NotThisStep):
        stating.judge(made, by=members[2], sign=1)


@pytest.mark.db
def test_the_page_draws_the_map_says_it_is_no_vote_and_names_nobody(members, sign_in):
    proposal = world.submitted(members[0])
    texts = ("It is too long.", "It is clear.", "It should wait.")
    made = [stating.state(proposal, by=members[0], text=text) for text in texts]
    for number, person in enumerate(members):
        for row in made:
            stating.judge(row, by=person, sign=1 if number < 3 else -1)
    address = f"{proposal.get_absolute_url()}opinions/"
    page = sign_in(members[1]).get(address).content.decode()
    assert "This is no vote" in page and "<svg" in page and "Group A: 3 people" in page
    assert not re.search(r"\bdee\b", page)
    answer = sign_in(members[1]).get(f"/api/v1/proposals/{proposal.pk}/opinions").json()
    assert answer["groups"] == [3, 2] and answer["statements"][0]["all"]["agree"] == 3


@pytest.mark.db
def test_erasure_takes_statements_and_opinions(members):
    from portal.privacy.registry import REGISTRY

    made = stating.state(world.submitted(members[0]), by=members[1], text="It is too long.")
    stating.judge(made, by=members[2], sign=-1)
    assert REGISTRY["governance"].export(members[1])["statements"][0]["text"] == made.text
    for person in members[1:3]:
        REGISTRY["governance"].erase(person)
    assert Statement.objects.get().erased and not Opinion.objects.exists()
