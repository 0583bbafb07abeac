"""The demo's community: norms that a founder amended, an election, votes, proposals.

Nothing is dated back: the log tells the times at which things happened, in a demo too. So the vote
that is to be seen closed is open for some seconds only.
"""

import datetime as dt
from typing import TYPE_CHECKING

from governance import norms
from governance.elections import calling, offices
from governance.elections.models import Role, RoleGrant
from governance.feedback import threads
from governance.norms.clauses import Change
from governance.opinions import stating
from governance.polls import asking, casting, opening
from governance.proposals import drafting, enacting, supporting
from governance.proposals.models import Proposal
from portal import agreements

if TYPE_CHECKING:
    from portal.demo.cast import Cast

MOMENT = dt.timedelta(seconds=20)
TASKS = [
    {"key": "o1", "en": "Named entities in chats", "zh": "聊天中的命名实体"},
    {"key": "o2", "en": "Answers to questions in Chinese", "zh": "中文问答"},
    {"key": "o3", "en": "Summaries of licences", "zh": "许可协议摘要"},
]


def seed(cast: "Cast") -> None:
    """Make what is missing. Safe to run again."""
    norms.current()
    if Proposal.objects.filter(author__is_demo=True).exists():
        return
    _amend_as_founder(cast)
    _elect(cast)
    _ask(cast)
    _propose(cast)


def _elect(cast: "Cast") -> None:
    """A moderator whom the founder named, and an election in which two stand."""
    offices.name_as_founder(
        by=cast.admin,
        person=cast.moderator,
        role=Role.MODERATOR,
        reasons="Somebody has to, until there is a committee. 在有委员会之前，总要有人来做。",
    )
    election = calling.call(by=cast.admin)
    calling.stand(
        election, by=cast.maker, employer="Example Labs", statement="I know what uploading costs."
    )
    calling.stand(election, by=cast.reader_zh, employer="", statement="中文读者也应当有人代表。")
    calling.nominate(election, by=cast.maker, person=cast.voter)


def _amend_as_founder(cast: "Cast") -> None:
    """The founder adopts what a member proposed after somebody's feedback."""
    thread = threads.start(
        by=cast.reader_zh,
        title="两种语言的条款应当一起改",
        text="如果只改一种语言，另一种就会悄悄落后。请在 N7.2 中写明。",
        about="clause",
        target="N7.2",
    )
    threads.answer(thread, by=cast.maker, text="I agree, and I will propose it.")
    threads.react(thread, by=cast.maker, sign="agree")
    seen = norms.current().clause("N7.2")
    if seen is None:
        return
    proposal = drafting.draft(
        by=cast.maker,
        title="A clause changes in both languages or in none",
        reasons="Otherwise one language falls **quietly** behind. 否则其中一种语言会悄悄落后。",
        patch=[
            Change(
                "replace",
                "N7.2",
                en=f"{seen.en} A clause is changed in both languages or in none.",
                zh=f"{seen.zh}条款要么两种语言一起修改，要么都不修改。",
            )
        ],
        feedback=thread,
    )
    drafting.submit(proposal, by=cast.maker)
    enacting.adopt_as_founder(
        Proposal.objects.get(pk=proposal.pk),
        by=cast.admin,
        reasons="It says what we meant from the first day. 这正是我们一开始的本意。",
    )
    for _name, person in cast.people():
        for version in agreements.outstanding(person):
            text = version.text_in((person.language or "en")[:2])
            agreements.accept(
                person,
                version,
                language=text.language,
                text_sha256=text.sha256,
                act="made with the demo",
                auth_method="demo",
            )


def _ask(cast: "Cast") -> None:
    """One vote that has closed when somebody looks, and one that is open."""
    first = asking.ask(
        by=cast.moderator,
        question_en="Which task should the next benchmark measure?",
        question_zh="下一个基准应当衡量哪项任务？",
        method="star",
        options=TASKS,
        lasts=MOMENT,
    )
    opening.open_poll(first)
    first.refresh_from_db()
    casting.cast(first, by=cast.maker, choice={"o1": 5, "o2": 3, "o3": 0})
    casting.cast(first, by=cast.voter, choice={"o1": 2, "o2": 4, "o3": 5})
    casting.cast(first, by=cast.reader_zh, choice={"o1": 1, "o2": 5, "o3": 2})
    casting.cast(first, by=cast.moderator, choice={"o1": 4, "o2": 4, "o3": 1})
    second = asking.ask(
        by=cast.moderator,
        question_en="When should the community meet?",
        question_zh="社区应当何时开会？",
        method="schulze",
        options=[
            {"key": "o1", "en": "Tuesday morning (UTC)", "zh": "周二上午（UTC）"},
            {"key": "o2", "en": "Thursday evening (UTC)", "zh": "周四晚上（UTC）"},
            {"key": "o3", "en": "In writing only", "zh": "只用文字"},
        ],
    )
    opening.open_poll(second)
    second.refresh_from_db()
    casting.cast(second, by=cast.maker, choice=[["o2"], ["o3"], ["o1"]])


def _propose(cast: "Cast") -> None:
    """A proposal that seeks support, one that is deliberated, and an alternative to that one."""
    quota = drafting.draft(
        by=cast.voter,
        title="More time to acknowledge new norms",
        reasons="Two weeks are short for somebody who is on a journey.",
        values={"governance.grace_days": 30},
    )
    drafting.submit(quota, by=cast.voter)
    supporting.support(quota, by=cast.maker)
    words = drafting.draft(
        by=cast.maker,
        title="Say how energy was spent",
        reasons="Whoever trains knows it, and nobody else can.",
        patch=[
            Change(
                "insert",
                "N1.5",
                en="Say on the card how much energy training took, as far as you know it.",
                zh="在模型卡上说明训练耗费了多少能源，以你所知为限。",
                after="N1.4",
            )
        ],
    )
    drafting.submit(words, by=cast.maker)
    for person in (cast.voter, cast.reader_zh):
        supporting.support(words, by=person)
    words = Proposal.objects.select_related("revision").get(pk=words.pk)
    _compete(cast, words)
    _state(cast, words)
    supporting.comment(
        words,
        by=cast.reader_zh,
        text="同意。最好也写明测量的方法。",
        clause="N1.5",
    )


def _compete(cast: "Cast", words: Proposal) -> None:
    """An alternative, which one member supports so far."""
    hours = drafting.draft(
        by=cast.voter,
        title="Say how long it was trained, and on what",
        reasons="Everybody can read that off, and whoever wants energy can work it out.",
        patch=[
            Change(
                "insert",
                "N1.5",
                en="Say on the card how long training took, and on which machine.",
                zh="在模型卡上说明训练用了多长时间，用的是什么机器。",
                after="N1.4",
            )
        ],
        rival_of=words,
    )
    drafting.submit(hours, by=cast.voter)
    supporting.support(hours, by=cast.reader_zh)


def _state(cast: "Cast", proposal: Proposal) -> None:
    """Three statements that four people judge, so that there is a map."""
    texts = ("Energy is worth knowing.", "Nobody can measure it well.", "计量的方法也应写明。")
    people = (cast.maker, cast.voter, cast.reader_zh, cast.moderator)
    for number, text in enumerate(texts):
        statement = stating.state(proposal, by=people[number], text=text)
        for place, person in enumerate(people):
            doubts = number == 1 and place % 2 == 0
            stating.judge(statement, by=person, sign=-1 if doubts else 1)


def remove(cast: "Cast") -> None:
    """Withdraw what is under way; what was decided stays, under opaque ids."""
    people = [person for _name, person in cast.people()]
    election = offices.under_way()
    if election is not None:
        for person in people:
            calling.withdraw(election, by=person)
    for held in RoleGrant.objects.not_over().filter(person__in=people):
        offices.revoke(held, why="the demo ended")
    for proposal in Proposal.objects.filter(author__in=people, state__in=supporting.OPEN):
        drafting.withdraw(proposal, by=proposal.author)
