"""Boards rank what the portal measured, and nothing that a card says of itself. Row 41."""

import pytest

pytestmark = pytest.mark.django_db
CLAIM = """---
license: apache-2.0
base_model: acme/base
model-index:
- name: champion
  results:
  - task: {type: token-classification}
    dataset: {type: tiny-ner, name: Tiny}
    metrics:
    - {type: f1, value: 0.99991234, verified: true, verifyToken: eyJhbGciOiJub25lIn0.e30.}
---
"""


@pytest.mark.attack(41)
def test_what_a_card_claims_is_on_no_board(maker, publish, ner, tmp_path, client) -> None:
    """Not by itself, and not marked as verified: only a run of ours makes a score."""
    from finetuning.evaluation.models import Score

    repo = publish(maker, tmp_path, card=CLAIM)
    assert repo.card["model-index"], "the claim was read"
    assert not Score.objects.exists()
    for path in ("/leaderboards/", "/leaderboards/tiny-ner/", "/api/v1/leaderboards/tiny-ner"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert (
            "0.99991234" not in answer.content.decode() and "0.9999" not in answer.content.decode()
        )
        assert b"maker/tiny" not in answer.content
