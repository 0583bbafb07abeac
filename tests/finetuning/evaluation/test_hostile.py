"""Files that run code: seen to do so under a careless loader, never by anything the portal does."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from finetuning import sandbox
from finetuning.acceptance import ScanState, examine
from finetuning.sandbox import Limits, Task
from tests.finetuning.hostile import MARKER, ZOO, Hostile
from tests.finetuning.models import file

LOOK = """
import os, sys, traceback
tail = sys.argv[1:]
path = tail[tail.index("--input") + 1].split("=", 1)[1]
seen = int(tail[tail.index("--output") + 1].split("=", 1)[1])
try:
    exec({loader!r})
except BaseException:
    traceback.print_exc()
os.write(seen, str(os.path.exists(os.environ["TMPDIR"] + "/" + {marker!r})).encode())
"""

zoo = pytest.mark.parametrize("hostile", ZOO.values(), ids=ZOO.keys())


@zoo
def test_it_executes_under_its_unsafe_loader(hostile: Hostile, tmp_path: Path) -> None:
    """Otherwise the tests below would prove nothing."""
    path, seen = tmp_path / "hostile", tmp_path / "seen"
    path.write_bytes(hostile.make())
    code = LOOK.format(loader=hostile.loader, marker=MARKER)
    task = Task(
        arguments=("-c", code), inputs={"file": path}, outputs={"seen": seen},
        limits=Limits(wall_s=120),
    )  # fmt: skip
    outcome = sandbox.run(task)
    assert outcome.ok, outcome.said
    assert seen.read_text() == "True", outcome.said


@pytest.fixture
def no_marker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails the test if a marker appears anywhere a payload would put it."""
    place = tmp_path / "markers"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.chdir(place)
    yield
    assert not list(place.rglob(MARKER))
    for folder in (Path(__file__).parents[3], Path("/tmp"), Path.home()):
        assert not (folder / MARKER).exists()


@zoo
def test_its_scan_refuses_it_by_name_and_runs_nothing(hostile: Hostile, no_marker: None) -> None:
    report = examine([file(hostile.name, hostile.make())], "token-classification")
    assert report.accepted is None
    if hostile.refused:
        assert report.state is ScanState.REFUSED
        assert any(hostile.name in finding.text for finding in report.refusals)


@zoo
@pytest.mark.usefixtures("db")
def test_upload_view_scan_and_evaluation_run_nothing(
    hostile: Hostile, no_marker: None, maker, publish, submit, work, ner, ner_model: Path,
    tmp_path: Path, sign_in,
) -> None:  # fmt: skip
    """The bytes are kept as they are; the pages open; the run ends as a refusal."""
    from finetuning.models import Scan
    from finetuning.submissions import scanning
    from models_registry import revisions

    folder = Path(shutil.copytree(ner_model, tmp_path / "repo"))
    (folder / hostile.name).write_bytes(hostile.make())
    repo = publish(maker, folder)
    stored = revisions.read(revisions.entry(revisions.resolve(repo), hostile.name))
    assert stored == hostile.make()
    assert scanning.scan(repo, repo.head_oid).status == ("refused" if hostile.refused else "clean")
    client = sign_in(maker)
    for page in ("", "/tree/main", f"/blob/main/{hostile.name}"):
        assert client.get(repo.path + page).status_code < 500
    run = submit(maker, repo, ner)
    work()
    run.refresh_from_db()
    if hostile.refused:
        assert (run.state, run.failure) == ("failed", "member.refused")
        assert hostile.name in run.failure_text
    else:
        assert run.state == "done", run.failure_text
    shown = json.dumps(list(Scan.objects.values("status", "findings")))
    shown += client.get(run.get_absolute_url()).content.decode()
    shown += client.get(run.submission.get_absolute_url()).content.decode()
    assert not re.search(r"\bsafe\b", shown)


@pytest.mark.parametrize("template", ["{% for a in range(10**9) %}{{ a }}{% endfor %}"])
@pytest.mark.usefixtures("db")
def test_an_endless_template_is_never_rendered(
    template: str, maker, publish, submit, work, ner, ner_model: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(ner_model, tmp_path / "repo"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": template}))
    (folder / "chat_template.jinja").write_text(template)
    run = submit(maker, publish(maker, folder), ner)
    work()
    run.refresh_from_db()
    assert run.state == "done", run.failure_text
