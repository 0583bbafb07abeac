"""A result goes back into its repo: by whom, with what, and without standing in anyone's way."""

import pytest
import yaml

from models_registry import revisions
from models_registry.revisions import AddFile

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def scored(maker, publish, submit, ner, ner_model, work):
    """A run with a score that nobody had to predict: this is about what happens after."""
    from finetuning.evaluation import states
    from finetuning.evaluation.states import Findings

    run = submit(maker, publish(maker, ner_model), ner)
    states.start(run, 1)
    scores = [
        {"metric": metric, "value": 0.4, "low": 0.3, "high": 0.5}
        for metric in ("entity_f1", "entity_precision", "entity_recall")
    ]
    report = {
        "labels": {"rows": []}, "entities": [], "support": 1, "units": 2, "classes": [0],
        "predictions": b"", "counts": b"", "columns": 3,
    }  # fmt: skip
    states.finish(run, 1, Findings("d" * 64, 10, "p" * 64, {}, scores, report))
    type(run.job).objects.filter(pk=run.job.pk).delete()
    run.refresh_from_db()
    return run


def test_the_result_is_a_commit_of_the_evaluation_account(scored, work) -> None:
    repo = scored.submission.repo
    before = repo.head_oid
    work()
    scored.refresh_from_db()
    repo.refresh_from_db()
    assert repo.head_oid == scored.written_oid != before
    entry = revisions.entry(revisions.resolve(repo), ".eval_results/tiny-ner.yaml")
    (found,) = yaml.safe_load(revisions.read(entry))
    assert found["value"] == 0.4
    assert found["interval"] == [0.3, 0.5]
    assert found["revision"] == scored.submission.revision == before
    assert found["source"]["url"].endswith(scored.get_absolute_url())
    author = repo.commits.get(oid=scored.written_oid).author
    assert author.username == "evaluation"
    assert not author.is_active
    assert not author.has_usable_password()


def test_the_proof_is_read_by_the_client_and_checked_by_anyone(scored, work, client) -> None:
    """By the portal's door, and with nothing but the public key that the log publishes."""
    import base64
    import json

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from huggingface_hub import parse_eval_result_entries

    work()
    scored.refresh_from_db()
    entry = revisions.entry(
        revisions.resolve(scored.submission.repo), ".eval_results/tiny-ner.yaml"
    )
    (found,) = parse_eval_result_entries(yaml.safe_load(revisions.read(entry)))
    assert found.value == 0.4
    token = found.verify_token
    asked = {"data": {"token": token}, "content_type": "application/json"}
    answer = client.post("/api/v1/eval-results/verify", **asked).json()
    assert answer["verified"] is True
    claims = answer["claims"]
    assert claims["revision"] == scored.submission.revision
    assert claims["scores"]["entity_f1"] == 0.4
    assert claims["run"] == str(scored.uuid)

    def decoded(part: str) -> bytes:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    text, _, signature = token.rpartition(".")
    kid = json.loads(decoded(text.split(".")[0]))["kid"]
    (key,) = [k for k in client.get("/api/v1/log/keys").json()["keys"] if k["key_id"] == kid]
    public = base64.b64decode(key["verifier"].split("+", 2)[2])[1:]
    Ed25519PublicKey.from_public_bytes(public).verify(decoded(signature), text.encode())


def test_a_changed_or_borrowed_proof_is_not_ours(scored, client) -> None:
    import base64
    import json

    from finetuning.evaluation import attesting

    head, body, mark = attesting.token(scored).split(".")
    better = json.loads(base64.urlsafe_b64decode(body + "=="))
    better["scores"]["entity_f1"] = 0.99
    forged = attesting.encoded(json.dumps(better).encode()).decode()
    none = attesting.encoded(b'{"alg":"none","typ":"eval-result+jws"}').decode()
    for token in (
        f"{head}.{forged}.{mark}", f"{none}.{body}.", f"{head}.{body}", "x.y.z", "a" * 9000,
        f"{head}.{body}.{mark[:-4]}", "\u00e9.\u00e9.\u00e9",
    ):  # fmt: skip
        sent = {"data": {"token": token}, "content_type": "application/json"}
        assert client.post("/api/v1/eval-results/verify", **sent).status_code == 400


def test_it_triggers_nothing(scored, work) -> None:
    from finetuning.models import EvaluationRun, Submission
    from portal.jobs.models import Job

    work()
    assert not Job.objects.filter(state__in=["queued", "running"]).exists()
    assert Submission.objects.count() == 1
    assert EvaluationRun.objects.count() == 1


def test_the_owners_next_push_is_not_disturbed(scored, work, maker) -> None:
    """With the parent that the owner knows, and without one; their files and the result stay."""
    from models_registry.revisions.refusals import BranchMoved

    repo = scored.submission.repo
    known = repo.head_oid
    work()
    mine = revisions.commit(
        repo, author=maker, operations=[AddFile("notes.md", b"mine")], summary="Go on", parent=known
    )
    paths = {entry.path for entry in revisions.listing(revisions.resolve(repo), recursive=True)}
    assert {"notes.md", ".eval_results/tiny-ner.yaml", "model.safetensors"} <= paths
    with pytest.raises(BranchMoved):  # a commit of a person still counts
        revisions.commit(
            repo, author=maker, operations=[AddFile("x", b"x")], summary="Late", parent=known
        )
    revisions.commit(
        repo, author=maker, operations=[AddFile("x", b"x")], summary="On", parent=mine.oid
    )


def test_writing_twice_makes_one_commit(scored, work) -> None:
    from finetuning.evaluation import writing_back

    work()
    scored.refresh_from_db()
    assert writing_back.write(scored) == scored.written_oid


def test_nobody_can_sign_up_as_the_evaluation_account(db) -> None:
    from portal.people import handles

    with pytest.raises(handles.HandleTaken):
        handles.check("evaluation")


def test_a_proof_counts_in_its_own_repo_beside_its_own_value(scored, work, maker, publish) -> None:
    """Row 41: what somebody says of their own model is never what this portal measured."""
    from models_registry import results
    from models_registry.results.reading import read

    work()
    repo = scored.submission.repo
    path = ".eval_results/tiny-ner.yaml"
    (told,) = results.of_repo(repo)
    assert told["verified"] is True and told["data"]["value"] == 0.4
    text = revisions.read(revisions.entry(revisions.resolve(repo), path))
    for other, changed in (
        (repo, text.replace(b"value: 0.4\n", b"value: 0.99\n", 1)),
        (repo, text.replace(b"id: tiny-ner", b"id: large-ner")),
        (repo, text.replace(b"verifyToken: ", b"verifyToken: x")),
    ):
        assert changed != text
        revisions.commit(other, author=maker, operations=[AddFile(path, changed)], summary="Better")
        read(other)
        assert [row["verified"] for row in results.of_repo(other)] == [False]
    from tests.factories import make_repo

    borrower = make_repo(maker, "borrower", files={path: text})
    read(borrower)
    assert [row["verified"] for row in results.of_repo(borrower)] == [False]
