"""The demo's community: norms that a founder amended, a vote that closes, an open one, proposals.

Nothing is dated back: the log tells the times at which things happened, in a demo too. So the vote
that is to be seen closed is open for some seconds only.
"""

import datetime as dt
from typing import TYPE_CHECKING

from governance import norms
from governance.feedback import threads
from governance.norms.clauses import Change
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
    _ask(cast)
    _propose(cast)


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
    """A proposal that seeks support, and one that is deliberated."""
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
                zh="在模型卡上说明训练耗费了多少能源，以您所知为限。",
                after="N1.4",
            )
        ],
    )
    drafting.submit(words, by=cast.maker)
    for person in (cast.voter, cast.reader_zh):
        supporting.support(words, by=person)
    supporting.comment(
        Proposal.objects.select_related("revision").get(pk=words.pk),
        by=cast.reader_zh,
        text="同意。最好也写明测量的方法。",
        clause="N1.5",
    )


def remove(cast: "Cast") -> None:
    """Withdraw what is under way; what was decided stays, under opaque ids."""
    people = [person for _name, person in cast.people()]
    for proposal in Proposal.objects.filter(author__in=people, state__in=supporting.OPEN):
        drafting.withdraw(proposal, by=proposal.author)
