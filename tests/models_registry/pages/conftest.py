"""Repos with content, as their pages show them."""

import pytest

CARD = b"---\nlicense: mit\nlanguage: [en, zh]\n---\n# Small model\n\nIt **counts** words.\n"


@pytest.fixture
def repo(maker):
    """A public model of `maker` with a card, a folder and two commits."""
    from models_registry import repos, revisions

    made = repos.create(maker.namespace, "counter", by=maker)
    revisions.commit(
        made,
        author=maker,
        operations=[
            revisions.AddFile("README.md", CARD),
            revisions.AddFile("config.json", b'{"model_type": "bert"}'),
            revisions.AddFile("notes/one.txt", b"first line\nsecond line\n"),
        ],
        summary="Add the card",
    )
    made.refresh_from_db()
    return made


@pytest.fixture
def private_repo(maker):
    from models_registry import repos

    return repos.create(maker.namespace, "secret", by=maker, visibility="private")
