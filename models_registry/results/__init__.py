"""Evaluation results that a repo carries: `.eval_results/*.yaml` of its newest revision.

Anybody can write such a file about their own model. What this portal measured and signed itself is
told apart by those who can tell: `attest` registers how (evaluation is an app above this one).
"""

from models_registry.results.attesting import attest
from models_registry.results.boards import board, of_repo

__all__ = ["attest", "board", "of_repo"]
