"""Evaluation results and leaderboards as the stock client reads them."""

import json
from collections.abc import Callable

import pytest

from tests.support.client import HubClient

MODEL, BOARD = "maker/examined", "maker/exam"


@pytest.fixture(scope="module")
def maker(as_person: Callable[..., HubClient], server_database: Callable) -> HubClient:
    from models_registry.models import Repo
    from models_registry.results.reading import read

    client = as_person("maker")
    client.call(f"HfApi().create_repo({BOARD!r}, repo_type='dataset')")
    for name, value in ((MODEL, 0.5), ("maker/examined-too", 0.75), ("maker/examined-alone", 1)):
        client.call(f"HfApi().create_repo({name!r}, private={name.endswith('alone')})")
        entries = [
            {"dataset": {"id": BOARD, "task_id": "main"}, "value": value, "notes": "by hand",
             "source": {"url": "https://example.org/log", "name": "A log"}},
        ]  # fmt: skip
        content = json.dumps(entries).encode()
        client.call(
            f"HfApi().upload_file(path_or_fileobj={content!r}, repo_id={name!r}, "
            "path_in_repo='.eval_results/exam.yaml')"
        )
        with server_database():
            read(Repo.objects.named(name))
    return client


def test_results_of_a_model(maker: HubClient) -> None:
    found = maker.call(f"HfApi().model_info({MODEL!r}, expand=['evalResults']).eval_results")
    assert [(one["dataset_id"], one["value"], one["notes"]) for one in found] == [
        (BOARD, 0.5, "by hand")
    ]
    assert maker.call(f"HfApi().model_info({MODEL!r}).eval_results")[0]["source_name"] == "A log"


def test_the_leaderboard_of_a_data_set(maker: HubClient, as_person: Callable) -> None:
    guest = as_person("outsider")
    board = f"HfApi().get_dataset_leaderboard({BOARD!r})"
    rows = guest.call(board)
    assert [(row["rank"], row["model_id"], row["value"]) for row in rows] == [
        (1, "maker/examined-too", 0.75), (2, MODEL, 0.5),
    ]  # fmt: skip
    assert rows[0]["verified"] is False and rows[0]["filename"] == ".eval_results/exam.yaml"
    assert rows[0]["author"]["username"] == "maker" and rows[0]["notes"] == "by hand"
    assert rows[0]["source"]["url"] == "https://example.org/log"
    assert len(maker.call(board)) == 3
    assert guest.call("HfApi().get_dataset_leaderboard('maker/exam', base_model_only=False)")


def test_boards_that_are_not_there(maker: HubClient, as_person: Callable) -> None:
    guest = as_person("outsider")
    for name in ("maker/no-such-set", "no-such-benchmark"):
        missing = guest.fails(f"HfApi().get_dataset_leaderboard({name!r})")
        assert missing.kind == "RepositoryNotFoundError"
