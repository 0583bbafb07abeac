"""What surrounds votes: drafts stay private, archives, search, forecasts, feedback, the demo."""

import pytest

from governance.demo import seed
from governance.feedback import threads
from governance.feedback.models import FeedbackThread
from governance.norms import settings
from governance.polls import casting
from governance.proposals import drafting, supporting
from governance.proposals.models import Comment, Proposal
from portal import search
from portal.access import Actor
from portal.errors import Invalid, NotNow
from portal.notices.models import Notice
from portal.policies import value
from portal.privacy.registry import REGISTRY
from tests.governance import world


@pytest.fixture
def members(community, founded, later):
    later.days(15)
    return community


def test_a_draft_that_was_withdrawn_is_never_seen(members, sign_in):
    draft = world.drafted(members[0])
    drafting.withdraw(draft, by=members[0])
    assert sign_in(members[0]).get(draft.get_absolute_url()).status_code == 200
    stranger = sign_in(members[1])
    assert stranger.get(draft.get_absolute_url()).status_code == 404
    assert "Say it shorter" not in stranger.get("/proposals/").content.decode()
    assert "Say it shorter" not in stranger.get("/proposals/feed").content.decode()


def test_a_coauthor_sees_and_writes_the_draft(members, sign_in):
    draft = world.drafted(members[0])
    drafting.add_coauthor(draft, by=members[0], person=members[1])
    assert sign_in(members[1]).get(f"{draft.get_absolute_url()}revise").status_code == 200
    assert draft in Proposal.objects.visible_to(members[1])
    assert draft not in Proposal.objects.visible_to(members[2])


def test_a_new_wording_voids_support(members):
    proposal = world.submitted(members[0])
    supporting.support(proposal, by=members[1])
    drafting.revise(
        proposal, by=members[0], title="Other", reasons="Other.", patch=[world.replace("N5.2")]
    )
    assert supporting.count(world.fresh(proposal)) == 0
    supporting.support(world.fresh(proposal), by=members[1])
    supporting.withdraw_support(world.fresh(proposal), by=members[1])
    assert supporting.count(world.fresh(proposal)) == 0


def test_an_archive_holds_what_somebody_said_and_voted(members, later):
    poll = world.voting(members, later)
    receipt = casting.cast(poll, by=members[1], choice="yes")
    supporting.comment(world.fresh(poll.proposal), by=members[1], text="Why?")
    archive = REGISTRY["governance"].export(members[1])
    assert archive["ballots"][0]["commitment"] == receipt.commitment
    assert archive["comments"][0]["text"] == "Why?"
    assert len(archive["supported"]) == 1


def test_erasure_takes_words_and_keeps_the_ballot(members, later):
    poll = world.voting(members, later)
    casting.cast(poll, by=members[1], choice="yes")
    supporting.comment(world.fresh(poll.proposal), by=members[1], text="Why?")
    thread = threads.start(by=members[1], title="Too long", text="Nobody reads it.")
    REGISTRY["governance"].erase(members[1])
    assert Comment.objects.get().text == "" and thread.posts.get().erased
    assert casting.standing(poll, members[1]) is not None


def test_proposals_are_found_once_they_are_submitted(members):
    draft = world.drafted(members[0])
    assert not found("与人为善")
    drafting.submit(draft, by=members[0])
    assert found("与人为善") == [draft.get_absolute_url()]


def found(words):

    return [hit.url for hit in search.find(Actor(), words, kind="proposal").entries]


def test_a_forecast_says_what_a_setting_would_do(members):
    assert "of 5 members could vote" in settings.foreseen("governance.minimum_age_days", 0)
    assert "1 member" in settings.foreseen("governance.quorum_percent", 20)
    assert settings.foreseen("governance.grace_days", 20) == ""


def test_a_licence_list_says_which_repos_it_would_leave_out(members, maker):
    from tests.factories import make_repo

    repo = make_repo(maker)
    type(repo).objects.filter(pk=repo.pk).update(card_licence="mit")
    assert repo.full_name in settings.foreseen("licences.allowed", ["apache-2.0"])
    assert repo.full_name not in settings.foreseen("licences.allowed", ["mit"])


def test_feedback_on_a_repo_reaches_its_owner(members, maker):
    from tests.factories import make_repo

    repo = make_repo(maker)
    threads.start(
        by=members[0], title="Fails", text="It fails.", about="repo", target=repo.full_name
    )
    assert Notice.objects.filter(kind="governance_feedback", person=maker).count() == 1


def test_feedback_names_no_private_repo(members, maker):
    from tests.factories import make_repo

    repo = make_repo(maker, visibility="private")
    with pytest.raises(Invalid):
        threads.start(by=maker, title="x", text="y", about="repo", target=repo.full_name)


def test_a_repo_that_became_private_is_named_by_no_door_of_feedback(members, maker, client):
    from tests.factories import make_repo

    repo = make_repo(maker, name="soon-secret")
    about = {"about": "repo", "target": repo.full_name}
    thread = threads.start(by=members[0], title="Fails", text="Long sentences fail.", **about)
    doors = ["/feedback/", f"/feedback/{thread.pk}/", "/api/v1/feedback"]
    doors += [f"/api/v1/feedback/{thread.pk}"]
    narrowed = [f"{door}?target={repo.full_name}" for door in (doors[0], doors[2])]
    assert all(repo.full_name in client.get(door).content.decode() for door in doors)
    assert all(thread.title in client.get(door).content.decode() for door in narrowed)
    [hit] = search.find(Actor(), "sentences", kind="feedback").entries
    assert hit.url == thread.get_absolute_url() and "soon-secret" not in hit.excerpt
    assert search.find(Actor(), "secret", kind="feedback").entries == []
    type(repo).objects.filter(pk=repo.pk).update(visibility="private")
    assert not any("soon-secret" in client.get(door).content.decode() for door in doors)
    assert not any(thread.title in client.get(door).content.decode() for door in narrowed)


def test_the_feed_of_feedback_keeps_its_ids_whatever_language_and_host(members, client, settings):
    thread = threads.start(by=members[0], title="Too long", text="*Nobody* reads <b>it</b>.")
    threads.answer(thread, by=members[1], text="I do.")
    page = client.get("/feedback/").content.decode()
    assert '<link rel="alternate" type="application/atom+xml" href="/feedback/feed"' in page
    english = client.get("/feedback/feed", headers={"host": "localhost"}).content.decode()
    chinese = client.get("/feedback/feed", headers={"accept-language": "zh-hans"})
    assert "Answer: Too long" in english and "&lt;em&gt;Nobody&lt;/em&gt;" in english
    assert 'xml:lang="zh-hans"' in chinese.content.decode()
    assert "回复：Too long" in chinese.content.decode()
    ids = [f"{settings.PUBLIC_URL}/feedback/{thread.pk}/#post-{n}" for n in posts(thread)]
    for said in (english, chinese.content.decode()):
        assert all(f"<id>{one}</id>" in said for one in ids) and said.count("<entry>") == 2


def posts(thread):
    return thread.posts.values_list("pk", flat=True)


def test_the_feed_of_feedback_has_nothing_private_or_erased_within_its_ceiling(
    members, maker, client, django_assert_max_num_queries
):
    from tests.factories import make_repo

    for number in range(4):
        repo = make_repo(maker, name=f"repo{number}")
        threads.start(
            by=members[0], title=f"T{number}", text="x", about="repo", target=repo.full_name
        )
    type(repo).objects.filter(pk=repo.pk).update(visibility="private")
    threads.start(by=members[0], title="On N5", text="x", about="clause", target="N5.1")
    threads.start(by=members[1], title="Erased later", text="Mine.")
    REGISTRY["governance"].erase(members[1])
    with django_assert_max_num_queries(8):
        said = client.get("/feedback/feed").content.decode()
    assert [f">T{number}<" in said for number in range(4)] == [True, True, True, False]
    assert ">On N5<" in said and "Erased later" not in said


def test_duplicates_are_merged_and_threads_declined_with_a_reason(members):
    one, two, three = (threads.start(by=members[n], title=f"T{n}", text="x") for n in range(3))
    threads.merge(one, by=members[3], into=two)
    threads.merge(two, by=members[3], into=three)
    one.refresh_from_db()
    assert one.merged_into == three
    with pytest.raises(NotNow):
        threads.answer(one, by=members[0], text="y")
    with pytest.raises(Invalid):
        threads.decline(three, by=members[3], reason=" ")
    threads.decline(three, by=members[3], reason="It is as it should be.")
    assert FeedbackThread.objects.get(pk=three.pk).state == "declined"


def test_reactions_count_once_a_person(members):
    thread = threads.start(by=members[0], title="T", text="x")
    for sign in ("agree", "disagree", "agree"):
        threads.react(thread, by=members[1], sign=sign)
    assert list(thread.reactions.values_list("sign", flat=True)) == ["agree"]
    threads.react(thread, by=members[1], sign="")
    assert not thread.reactions.exists()


def test_settings_keep_their_bounds_and_say_which_vote_set_them(members, later):
    with pytest.raises(Invalid):
        world.drafted(members[0], governance__voting_days=1)
    done = world.passed(members, later, registry__person_gigabytes=60)
    setting = next(s for s in settings.everything() if s.policy.name.endswith("person_gigabytes"))
    assert (setting.value, setting.proposal) == (60, done.pk)
    assert value("registry.person_gigabytes") == 60


@pytest.mark.parametrize(
    "values",
    [
        {"governance__entrenched_yes_share": ">=3/5", "governance__yes_share": ">=2/3"},
        {"governance__entrenched_quorum_percent": 10},
        {"governance__entrenched_clauses": ["N5"]},
    ],
)
def test_settings_that_would_not_work_together_are_refused(members, values):
    with pytest.raises(settings.Absurd):
        world.drafted(members[0], **values)


def test_authors_hear_of_every_step(members, later):
    world.passed(members, later)
    told = Notice.objects.filter(kind="governance_proposals", person=members[0])
    assert [n.subject for n in told.order_by("pk")] == [
        "“Say it shorter” has enough supporters",
        "The vote on “Say it shorter” is open",
        "“Say it shorter” has passed",
        "“Say it shorter” is in force",
    ]


def test_the_demo_is_made_once(norms, db):
    from portal.demo.cast import PARTS, Cast
    from tests.factories import PersonFactory

    people = {name: PersonFactory(username=f"demo-{name}", is_demo=True) for name in PARTS}
    cast = Cast(**people, licensor=None, circle=None)
    cast.admin.is_superuser = True
    for _ in range(2):
        seed(cast)
    assert Proposal.objects.count() == 4
    assert Proposal.objects.exclude(rival_of=None).get().state == "seeking_support"
