"""The doors of feedback, proposals and polls."""

import datetime as dt
from typing import Any

from governance import norms
from governance.elections import appointing, calling, offices
from governance.feedback import threads
from governance.norms.models import Founding
from governance.opinions import stating
from governance.proposals import supporting
from portal import agreements
from portal.clock import db_now
from tests.doors.world import World, deed
from tests.governance import world as governance
from tests.support import documents

PATCH = [{"op": "replace", "clause": governance.CLAUSE, "en": "Be kind.", "zh": "与人为善。"}]
WORDING = {"title": "Say it shorter", "reasons": "It is long.", "patch": PATCH}


def community(world: World, *, founding: bool = False) -> list[Any]:
    """Five members of two weeks who have accepted everything; founding mode has ended."""
    known = "voter" in world.people
    people = [world.person(name) for name in ("maker", "voter", "cy", "dee", "eli")]
    if known:
        return people
    documents.site_documents()
    norms.current()
    if not founding:
        Founding.objects.update(ended_at=db_now(), why_ended="tests")
    for person in people:
        for version in agreements.outstanding(person):
            documents.accepted(person, version)
    world.days(15)
    return people


def draft(world: World) -> str:
    """A draft of maker's; return its address."""
    return governance.drafted(community(world)[0]).get_absolute_url()


def submitted(world: World) -> str:
    return governance.submitted(community(world)[0]).get_absolute_url()


def supported(world: World) -> str:
    people = community(world)
    proposal = governance.submitted(people[0])
    supporting.support(proposal, by=people[1])
    return proposal.get_absolute_url()


def thread(world: World, title: str = "Too long") -> Any:
    people = community(world)
    return threads.start(by=people[0], title=title, text="It is.", about="free", target="")


def poll(world: World) -> Any:
    return governance.voting(community(world), world)


def operator(world: World) -> None:
    person = world.person("admin", is_staff=True, is_superuser=True)
    for version in agreements.outstanding(person):
        documents.accepted(person, version)


def form(**changes: str) -> dict[str, str]:
    """What a browser sends of the form that changes one clause."""
    found = norms.current().clause(governance.CLAUSE)
    name = governance.CLAUSE
    said = {f"old-{name}": found.sha256, f"en-{name}": "Be kind.", f"zh-{name}": "与人为善。"}
    return said | {"title": "Say it shorter", "reasons": "It is long."} | changes


def post(world: World, address: str, form: Any = None, name: str = "maker") -> Any:
    browser = world.browser(name)
    world.begin()
    return browser.post(address, form or {})


# --- feedback -----------------------------------------------------------------------------------
@deed("POST governance.feedback.views.new", "governance:feedback:started")
def start_a_thread(world: World):
    community(world)
    return post(world, "/feedback/new", {"about": "free", "title": "Too long", "text": "It is."})


@deed("POST governance.feedback.views.answer", "governance:feedback:answered")
def answer(world: World):
    return post(world, f"{thread(world).get_absolute_url()}answer", {"text": "So it is."}, "voter")


@deed("POST governance.feedback.views.react", "governance:feedback:reacted")
def react(world: World):
    found = thread(world)
    sign = type(found).reactions.rel.related_model.Sign.values[0]
    return post(world, f"{found.get_absolute_url()}react", {"sign": sign}, "voter")


@deed("POST governance.feedback.views.decline", "governance:feedback:declined")
def decline(world: World):
    address = thread(world).get_absolute_url()
    moderator(world)
    return post(world, f"{address}decline", {"reason": "It is not."}, "moderator")


@deed("POST governance.feedback.views.merge", "governance:feedback:merged")
def merge(world: World):
    found, into = thread(world), thread(world, "Much too long")
    moderator(world)
    return post(world, f"{found.get_absolute_url()}merge", {"into": str(into.pk)}, "moderator")


@deed("POST governance.api.feedback.feedback", "governance:feedback:started")
def start_by_api(world: World):
    community(world)
    return world.api("POST", "/api/v1/feedback", {"title": "Too long", "text": "It is."})


@deed("POST governance.api.feedback.thread", "governance:feedback:answered")
def answer_by_api(world: World):
    found = thread(world)
    return world.api("POST", f"/api/v1/feedback/{found.pk}", {"text": "So it is."}, "voter")


def moderator(world: World) -> None:
    person = world.person("moderator", is_staff=True)
    for version in agreements.outstanding(person):
        documents.accepted(person, version)


@deed("PUT governance.api.feedback.reaction", "governance:feedback:reacted")
def react_by_api(world: World):
    address = f"/api/v1/feedback/{thread(world).pk}/reaction"
    return world.api("PUT", address, {"sign": "agree"}, "voter")


@deed("DELETE governance.api.feedback.reaction", "governance:feedback:reacted")
def take_a_reaction_back_by_api(world: World):
    found = thread(world)
    threads.react(found, by=world.person("voter"), sign="agree")
    world.begin()
    return world.api("DELETE", f"/api/v1/feedback/{found.pk}/reaction", {}, "voter")


@deed("POST governance.api.feedback.decline", "governance:feedback:declined")
def decline_by_api(world: World):
    address = f"/api/v1/feedback/{thread(world).pk}/decline"
    moderator(world)
    return world.api("POST", address, {"reason": "It is not."}, "moderator")


@deed("POST governance.api.feedback.merge", "governance:feedback:merged")
def merge_by_api(world: World):
    found, into = thread(world), thread(world, "Much too long")
    moderator(world)
    address = f"/api/v1/feedback/{found.pk}/merge"
    return world.api("POST", address, {"into": into.pk}, "moderator")


# --- proposals ----------------------------------------------------------------------------------
@deed("POST governance.proposals.views.new", "governance:proposal:drafted")
def write_a_proposal(world: World):
    community(world)
    return post(world, f"/proposals/new?clause={governance.CLAUSE}", form())


@deed("POST governance.proposals.views.revise", "governance:proposal:revise")
def revise(world: World):
    return post(world, f"{draft(world)}revise", form(title="Shorter"))


@deed("POST governance.proposals.views.submit", "governance:proposal:submit")
def submit(world: World):
    return post(world, f"{draft(world)}submit")


@deed("POST governance.proposals.views.withdraw", "governance:proposal:withdraw")
def withdraw(world: World):
    return post(world, f"{submitted(world)}withdraw")


@deed("POST governance.proposals.views.support", "governance:proposal:supported")
def support(world: World):
    return post(world, f"{submitted(world)}support", name="voter")


@deed("POST governance.proposals.views.withdraw_support", "governance:proposal:support-withdrawn")
def withdraw_support(world: World):
    return post(world, f"{supported(world)}support/withdraw", name="voter")


@deed("POST governance.proposals.views.comment", "governance:proposal:commented")
def comment(world: World):
    return post(world, f"{submitted(world)}comment", {"text": "Good."}, "voter")


@deed("POST governance.proposals.views.add_coauthor", "governance:proposal:coauthor-added")
def add_a_coauthor(world: World):
    return post(world, f"{draft(world)}coauthors", {"handle": "voter"})


@deed("POST governance.proposals.views.adopt", "governance:founding:decided")
def adopt_as_founder(world: World):
    proposal = governance.submitted(community(world, founding=True)[0])
    operator(world)
    return post(world, f"{proposal.get_absolute_url()}adopt", {"reasons": "A beginning."}, "admin")


def number(address: str) -> int:
    return int(address.rstrip("/").rpartition("/")[2])


@deed("POST governance.api.proposals.proposals", "governance:proposal:drafted")
def write_by_api(world: World):
    community(world)
    return world.api("POST", "/api/v1/proposals", WORDING)


@deed("PUT governance.api.proposals.proposal", "governance:proposal:revise")
def revise_by_api(world: World):
    address = f"/api/v1/proposals/{number(draft(world))}"
    return world.api("PUT", address, WORDING | {"title": "Shorter"})


@deed("POST governance.api.proposals.submit", "governance:proposal:submit")
def submit_by_api(world: World):
    return world.api("POST", f"/api/v1/proposals/{number(draft(world))}/submit", {})


@deed("POST governance.api.proposals.withdraw", "governance:proposal:withdraw")
def withdraw_by_api(world: World):
    return world.api("POST", f"/api/v1/proposals/{number(submitted(world))}/withdraw", {})


@deed("PUT governance.api.proposals.support", "governance:proposal:supported")
def support_by_api(world: World):
    return world.api("PUT", f"/api/v1/proposals/{number(submitted(world))}/support", {}, "voter")


@deed("DELETE governance.api.proposals.support", "governance:proposal:support-withdrawn")
def withdraw_support_by_api(world: World):
    address = f"/api/v1/proposals/{number(supported(world))}/support"
    return world.api("DELETE", address, {}, "voter")


@deed("POST governance.api.proposals.comments", "governance:proposal:commented")
def comment_by_api(world: World):
    address = f"/api/v1/proposals/{number(submitted(world))}/comments"
    return world.api("POST", address, {"text": "Good."}, "voter")


@deed("POST governance.api.proposals.coauthors", "governance:proposal:coauthor-added")
def add_a_coauthor_by_api(world: World):
    address = f"/api/v1/proposals/{number(draft(world))}/coauthors"
    return world.api("POST", address, {"handle": "voter"})


@deed("POST governance.api.proposals.adopt", "governance:founding:decided")
def adopt_by_api(world: World):
    proposal = governance.submitted(community(world, founding=True)[0])
    operator(world)
    address = f"/api/v1/proposals/{proposal.pk}/adopt"
    return world.api("POST", address, {"reasons": "A beginning."}, "admin")


# --- opinions -----------------------------------------------------------------------------------
def statement(world: World) -> Any:
    people = community(world)
    return stating.state(governance.submitted(people[0]), by=people[2], text="It is too long.")


@deed("POST governance.opinions.views.state", "governance:proposal:stated")
def state_an_opinion(world: World):
    return post(world, f"{submitted(world)}opinions/state", {"text": "It is too long."}, "voter")


@deed("POST governance.opinions.views.judge", "governance:proposal:judged")
def judge_a_statement(world: World):
    address = f"/proposals/statements/{statement(world).pk}/judge"
    return post(world, address, {"sign": "-1"}, "voter")


@deed("POST governance.api.opinions.statements", "governance:proposal:stated")
def state_by_api(world: World):
    address = f"/api/v1/proposals/{number(submitted(world))}/opinions"
    return world.api("POST", address, {"text": "It is too long."}, "voter")


@deed("PUT governance.api.opinions.judgement", "governance:proposal:judged")
def judge_by_api(world: World):
    address = f"/api/v1/statements/{statement(world).pk}/opinion"
    return world.api("PUT", address, {"sign": 1}, "voter")


# --- polls --------------------------------------------------------------------------------------
@deed("POST governance.polls.views.new", "governance:poll:scheduled")
def ask(world: World):
    community(world)
    operator(world)
    form = {"question_en": "Which?", "question_zh": "哪个？", "method": "approval", "seats": "1"}
    return post(world, "/polls/new", form | {"options": "A | 甲\nB | 乙"}, "admin")


@deed("POST governance.polls.views.vote", "governance:ballot:cast")
def vote(world: World):
    return post(world, f"{poll(world).get_absolute_url()}vote", {"choice": "yes"}, "voter")


@deed("POST governance.api.polls.ballot", "governance:ballot:cast")
def vote_by_api(world: World):
    return world.api("POST", f"/api/v1/polls/{poll(world).pk}/ballot", {"choice": "yes"}, "voter")


@deed("POST governance.polls.views.annul", "governance:poll:annulled")
def annul(world: World):
    found = governance.counted(poll(world), world)
    operator(world)
    return post(world, f"{found.get_absolute_url()}annul", {"reason": "A mistake."}, "admin")


# --- elections and offices ----------------------------------------------------------------------
def election(world: World) -> Any:
    community(world)
    return calling.call()


def office(world: World, name: str, role: str = "committee") -> Any:
    now = db_now()
    return offices.grant(
        person=world.person(name),
        role=role,
        way="founder",
        cause="founding:1",
        starts_at=now,
        ends_at=now + dt.timedelta(days=200),
    )


STANDING = {"employer": "", "independent": "on", "statement": "I have time."}
OFFICE = {"handle": "voter", "role": "moderator", "employer": "", "reasons": "She is fair."}


@deed("POST governance.elections.views.call", "governance:election:called")
def call_an_election(world: World):
    community(world)
    office(world, "maker")
    return post(world, "/elections/call")


@deed("POST governance.elections.views.stand", "governance:election:stood")
def stand(world: World):
    return post(world, f"{election(world).get_absolute_url()}stand", STANDING, "voter")


@deed("POST governance.elections.views.nominate", "governance:election:nominated")
def nominate(world: World):
    return post(world, f"{election(world).get_absolute_url()}nominate", {"handle": "voter"})


@deed("POST governance.elections.views.withdraw", "governance:election:withdrawn")
def stand_no_more(world: World):
    found = election(world)
    calling.stand(found, by=world.people["voter"], employer="", statement="I have time.")
    return post(world, f"{found.get_absolute_url()}withdraw", name="voter")


@deed("POST governance.elections.views.appoint", "governance:appointment:proposed")
def appoint(world: World):
    community(world)
    office(world, "maker")
    return post(world, "/elections/appoint", OFFICE)


@deed("POST governance.elections.views.assent", "governance:appointment:assented")
def assent(world: World):
    people = community(world)
    for name in ("maker", "cy", "dee"):
        office(world, name)
    asked = appointing.propose(by=people[0], role="moderator", person=people[1], reasons="Fair.")
    return post(world, f"/elections/appointments/{asked.pk}/assent", name="cy")


@deed("POST governance.elections.views.resign", "governance:role:revoked")
def resign(world: World):
    community(world)
    return post(world, f"/elections/offices/{office(world, 'maker').pk}/resign")


@deed("POST governance.api.elections.elections", "governance:election:called")
def call_by_api(world: World):
    community(world)
    office(world, "maker")
    return world.api("POST", "/api/v1/elections", {})


@deed("POST governance.api.elections.nominations", "governance:election:nominated")
def nominate_by_api(world: World):
    address = f"/api/v1/elections/{election(world).pk}/nominations"
    return world.api("POST", address, {"handle": "voter"})


@deed("POST governance.api.elections.appointments", "governance:appointment:proposed")
def appoint_by_api(world: World):
    community(world)
    office(world, "maker")
    return world.api("POST", "/api/v1/appointments", OFFICE)


@deed("PUT governance.api.elections.assent", "governance:appointment:assented")
def assent_by_api(world: World):
    people = community(world)
    for name in ("maker", "cy", "dee"):
        office(world, name)
    asked = appointing.propose(by=people[0], role="moderator", person=people[1], reasons="Fair.")
    return world.api("PUT", f"/api/v1/appointments/{asked.pk}/assent", {}, "cy")


@deed("DELETE governance.api.elections.office", "governance:role:revoked")
def resign_by_api(world: World):
    community(world)
    return world.api("DELETE", f"/api/v1/offices/{office(world, 'maker').pk}", {})


@deed("PUT governance.api.elections.candidacy", "governance:election:stood")
def stand_by_api(world: World):
    address = f"/api/v1/elections/{election(world).pk}/candidacy"
    return world.api("PUT", address, {"employer": "", "statement": "I have time."}, "voter")


@deed("DELETE governance.api.elections.candidacy", "governance:election:withdrawn")
def stand_no_more_by_api(world: World):
    found = election(world)
    calling.stand(found, by=world.people["voter"], employer="", statement="I have time.")
    return world.api("DELETE", f"/api/v1/elections/{found.pk}/candidacy", {}, "voter")


@deed("POST governance.api.polls.polls", "governance:poll:scheduled")
def ask_by_api(world: World):
    community(world)
    operator(world)
    options = [{"en": "A", "zh": "甲"}, {"en": "B", "zh": "乙"}]
    asked = {"question_en": "Which?", "question_zh": "哪个？", "method": "approval"}
    return world.api("POST", "/api/v1/polls", asked | {"options": options}, "admin")


@deed("POST governance.api.polls.annul", "governance:poll:annulled")
def annul_by_api(world: World):
    found = governance.counted(poll(world), world)
    operator(world)
    return world.api("POST", f"/api/v1/polls/{found.pk}/annul", {"reason": "A mistake."}, "admin")
