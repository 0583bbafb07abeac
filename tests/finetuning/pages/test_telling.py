"""What is wrong with a model is told in the language of whoever reads it, whoever found it."""

import json
import pickle
from hashlib import sha256
from io import BytesIO

import pytest

from finetuning.acceptance import File, examine
from finetuning.evaluation import states
from finetuning.submissions import scanning
from tests.finetuning.pages.test_pages import entered

__all__ = ["entered"]

pytestmark = pytest.mark.usefixtures("db")
DANGER = pickle.dumps({"a": print})
ENGLISH = "loading it can run code"
CHINESE = "加载它可能会运行代码"


@pytest.fixture(scope="module")
def report():
    digest = sha256(DANGER).hexdigest()
    return examine([File("model.pkl", len(DANGER), digest, lambda: BytesIO(DANGER))])


@pytest.fixture
def refused(entered, report):
    """A run that the rules refused, of a repo whose scan says so too."""
    run = entered("bad", None)
    states.fail(run, "member.refused", report.refusals[0].text, "exit 3")
    scanning.keep(run.submission.repo, run.submission.revision, report)
    return run


@pytest.mark.parametrize(("language", "said"), [("en", ENGLISH), ("zh-hans", CHINESE)])
def test_pages_and_answers_are_in_the_readers_language(refused, client, language, said) -> None:
    headers = {"accept-language": language}
    page = client.get(refused.get_absolute_url(), headers=headers).content.decode()
    assert said in page
    assert "exit 3" in page
    model = client.get(f"/{refused.submission.repo.full_name}", headers=headers)
    assert said in model.content.decode()
    other = CHINESE if said == ENGLISH else ENGLISH
    assert other not in page + model.content.decode()
    found = client.get(f"/api/v1/runs/{refused.uuid}", headers=headers).json()
    assert said in json.dumps(found["failure"], ensure_ascii=False)


def test_the_notice_is_in_the_submitters_language(entered, maker, report) -> None:
    from portal.notices.models import Notice

    maker.language = "zh-hans"
    maker.save(update_fields=["language"])
    run = entered("worse", None)
    states.fail(run, "member.refused", report.refusals[0].text)
    notice = Notice.objects.filter(person=maker, kind="evaluation_failed").get()
    assert CHINESE in notice.body
    run.refresh_from_db()
    assert ENGLISH in run.failure_text  # what logs and operators search


def test_a_scan_of_old_has_english_alone(refused) -> None:
    scan = refused.submission.repo.scans.get()
    scan.findings = [{"path": "a.bin", "rule": "pickle", "text": "a.bin is old.", "refuses": True}]
    assert scan.told == scan.findings


def test_names_that_no_database_takes_are_told_all_the_same(entered, client) -> None:
    header = rb'{"a\u0000b\ud800": {"dtype": "NONE", "shape": [], "data_offsets": [0, 0]}}'
    raw = len(header).to_bytes(8, "little") + header
    file = File("model.safetensors", len(raw), sha256(raw).hexdigest(), lambda: BytesIO(raw))
    report, run = examine([file]), entered("odd", None)
    scanning.keep(run.submission.repo, run.submission.revision, report)
    states.fail(run, "member.refused", report.refusals[0].text, "a step said \0 and \ud800")
    page = client.get(run.get_absolute_url(), headers={"accept-language": "zh-hans"})
    assert "不允许使用" in page.content.decode()
