"""A poll by each method, held as members hold it, comes to the same in the stand-alone recount."""

import json
from typing import Any

import pytest

from governance.polls import asking, casting, exporting
from governance.polls.models import Poll
from governance.proposals import advancing
from portal.events import sequencer
from tests.governance.tally.checkers import loaded

recount = loaded("recount")
OPTIONS = [{"key": key, "en": key.title(), "zh": f"选项{key}"} for key in ("ada", "bo", "cy")]
SAID: dict[str, list[Any]] = {
    "approval": [["ada", "bo"], ["ada"], ["bo"], ["cy"], []],
    "star": [{"ada": 5, "bo": 3}, {"bo": 5}, {"cy": 4, "bo": 1}, {}],
    "schulze": [[["ada"], ["bo"]], [["bo"], ["cy"]], [["cy"], ["ada", "bo"]]],
    "irv": [[["ada"]], [["bo"]], [["cy"], ["ada"]], [["bo"]]],
    "stv": [[["ada"], ["bo"]], [["ada"]], [["bo"]], [["cy"]]],
}


@pytest.fixture
def log(settings, tmp_path):
    settings.SECRETS_DIR = tmp_path / "secrets"


@pytest.mark.parametrize("method", sorted(SAID))
def test_what_members_vote_is_what_an_outsider_counts(
    method, log, founded, community, moderator, later
):
    later.days(15)  # old enough to vote
    asked = asking.ask(
        by=moderator, question_en="Which?", question_zh="哪个？", method=method, options=OPTIONS
    )
    advancing.sweep()
    poll = Poll.objects.get(pk=asked.pk)
    first = casting.cast(poll, by=community[0], choice=SAID[method][-1])
    casting.cast(poll, by=community[0], choice=SAID[method][0], replaces=first.ballot)
    for person, choice in zip(community[1:], SAID[method][1:], strict=False):
        casting.cast(poll, by=person, choice=choice)
    later.days(7.01)
    for _ in range(3):  # close, the head whose root seeds the lot, count
        advancing.sweep()
        sequencer.sequence()
    kit = exporting.export(Poll.objects.select_related("result", "revision").get(pk=poll.pk))
    kit = json.loads(json.dumps(kit, ensure_ascii=False, default=str))
    assert recount.check(kit) == []
    assert len(kit["ballots"]) == len(SAID[method])
    kit["ballots"][0]["nonce"] = "0" * 32
    assert "its commitment is another" in recount.check(kit)[0]
