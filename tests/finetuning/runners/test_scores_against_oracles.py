"""Our scorer against seqeval (strict, IOB2) and scikit-learn, on random and on nasty sequences."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import classification_report as entity_report
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2
from sklearn.metrics import accuracy_score, log_loss, precision_recall_fscore_support
from sklearn.metrics import f1_score as class_f1

from finetuning.runners import classification, entities, intervals, reports
from finetuning.runners.score import mapped

TAGS = ["O", "B-person", "I-person", "B-group", "I-group", "B-creative-work", "I-creative-work"]
EXACT = 1e-12
Sentences = list[list[int]]


def flat(sentences: Sentences) -> tuple[np.ndarray, np.ndarray]:
    rows = np.repeat(np.arange(len(sentences)), [len(s) for s in sentences])
    return np.array([tag for s in sentences for tag in s], dtype=np.int64), rows


def named(sentences: Sentences) -> list[list[str]]:
    return [[TAGS[tag] for tag in s] for s in sentences]


def ours(gold: Sentences, said: Sentences) -> np.ndarray:
    right, rows = flat(gold)
    return entities.counts(right, flat(said)[0], rows, len(gold), TAGS)


def check(gold: Sentences, said: Sentences) -> None:
    counts = ours(gold, said).sum(0)[None].astype(float)
    options: dict[str, Any] = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = [
            f(named(gold), named(said), **options)
            for f in (f1_score, precision_score, recall_score)
        ]
    found = [float(measure(counts)[0]) for measure in intervals.ENTITY_MEASURES.values()]
    assert np.allclose(found, wanted, rtol=0, atol=EXACT)


tags = st.integers(0, len(TAGS) - 1)
pair = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        st.lists(tags, min_size=n, max_size=n), st.lists(tags, min_size=n, max_size=n)
    )
)


@given(st.lists(pair, min_size=1, max_size=8))
def test_entity_scores_equal_seqeval_strict(pairs: list[tuple[list[int], list[int]]]) -> None:
    gold = [g for g, _ in pairs]
    if any(tag % 2 for sentence in gold for tag in sentence):  # seqeval needs an entity to open
        check(gold, [s for _, s in pairs])


@pytest.mark.parametrize("seed", range(5))
def test_entity_scores_equal_seqeval_on_a_thousand_sentences(seed: int) -> None:
    random = np.random.default_rng(seed)
    gold = [random.choice(7, p=[0.7] + [0.05] * 6, size=n).tolist()
            for n in random.integers(1, 40, 1000)]  # fmt: skip
    said = [[t if random.random() < 0.8 else int(random.integers(7)) for t in s] for s in gold]
    check(gold, said)


def test_entities_of_each_type_equal_seqeval() -> None:
    random = np.random.default_rng(7)
    gold = [random.integers(0, 7, n).tolist() for n in random.integers(1, 30, 200)]
    said = [[t if random.random() < 0.7 else int(random.integers(7)) for t in s] for s in gold]
    right, rows = flat(gold)
    found = {row["label"]: row for row in entities.by_type(right, flat(said)[0], rows, TAGS)}
    wanted = entity_report(
        named(gold), named(said), mode="strict", scheme=IOB2, output_dict=True, zero_division=0
    )
    for name, row in found.items():
        assert row["f1"] == pytest.approx(wanted[name]["f1-score"], abs=EXACT)
        assert row["precision"] == pytest.approx(wanted[name]["precision"], abs=EXACT)
        assert row["recall"] == pytest.approx(wanted[name]["recall"], abs=EXACT)
        assert row["support"] == wanted[name]["support"]


def test_an_inside_tag_that_nothing_opened_is_no_entity() -> None:
    gold = [[1, 2, 0]]
    assert ours(gold, [[2, 2, 0]]).tolist() == [[0, 0, 1]]
    assert ours(gold, [[1, 4, 0]]).tolist() == [[0, 1, 1]]


def test_entities_end_with_their_sentence() -> None:
    assert ours([[1], [2]], [[1], [2]]).tolist() == [[1, 1, 1], [0, 0, 0]]


def test_all_o_scores_nothing_as_entities_and_much_as_words() -> None:
    gold = [[0] * 9 + [1]] * 10
    right, rows = flat(gold)
    said = np.zeros_like(right)
    counts = entities.counts(right, said, rows, 10, TAGS).sum(0)[None].astype(float)
    assert intervals.entity_f1(counts)[0] == 0.0
    assert reports.token_report(right, said, TAGS)["accuracy"] == pytest.approx(0.9)


@pytest.mark.parametrize("seed", range(3))
def test_the_report_equals_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    gold, said = random.integers(0, 6, 5000), random.integers(0, 7, 5000)
    report = reports.token_report(gold, said, TAGS)
    each = precision_recall_fscore_support(gold, said, zero_division=0)
    rows = [[row[k] for row in report["rows"]] for k in ("precision", "recall", "f1", "support")]
    assert np.allclose(rows, each, rtol=0, atol=EXACT)
    for name in ("micro", "macro", "weighted"):
        wanted = precision_recall_fscore_support(gold, said, average=name, zero_division=0)[:3]
        found = [report[name][k] for k in ("precision", "recall", "f1")]
        assert np.allclose(found, wanted, rtol=0, atol=EXACT)
    inside = precision_recall_fscore_support(
        gold, said, labels=range(1, 7), average="micro", zero_division=0
    )[:3]
    found = [report["micro_without_o"][k] for k in ("precision", "recall", "f1")]
    assert np.allclose(found, inside, rtol=0, atol=EXACT)
    assert report["accuracy"] == pytest.approx(accuracy_score(gold, said), abs=EXACT)


@pytest.mark.parametrize("size", [2, 5])
def test_classification_metrics_equal_scikit_learn(size: int) -> None:
    random = np.random.default_rng(size)
    gold = random.integers(0, size, 400)
    logits = random.normal(size=(400, size)) * 5
    columns = classification.columns(gold, logits)
    sums = columns.sum(0)[None]
    found = {name: float(f(sums)[0]) for name, f in classification.measures(size).items()}
    odds = np.exp(classification.log_softmax(logits))
    said = logits.argmax(-1)
    assert found["accuracy"] == pytest.approx(accuracy_score(gold, said), abs=EXACT)
    assert found["macro_f1"] == pytest.approx(class_f1(gold, said, average="macro"), abs=EXACT)
    assert found["cross_entropy"] == pytest.approx(
        log_loss(gold, odds, labels=range(size)), abs=EXACT
    )


def test_cross_entropy_stays_finite_for_a_sure_and_wrong_model() -> None:
    columns = classification.columns(np.array([0]), np.array([[-500.0, 500.0]]))
    assert classification.cross_entropy(columns)[0] == 1000.0


def test_intervals_cover_as_often_as_they_say() -> None:
    """Of 200 data sets drawn from a known rate, about 95 % of the intervals hold it."""
    random = np.random.default_rng(0)
    covered = 0
    for seed in range(200):
        right = (random.random(300) < 0.8).astype(float)
        columns = np.stack([right, np.ones(300)], axis=1)
        sums = intervals.resampled(columns, 500, seed)
        low, high = intervals.interval(sums, lambda s: s[:, 0] / s[:, 1])
        covered += low <= 0.8 <= high
    assert 180 <= covered <= 199


def test_intervals_are_the_same_for_the_same_seed() -> None:
    columns = np.random.default_rng(1).integers(0, 3, (50, 3)).astype(float)
    once, twice, other = (intervals.resampled(columns, 300, seed) for seed in (4, 4, 5))
    assert np.array_equal(once, twice)
    assert not np.array_equal(once, other)


def test_the_bootstrap_equals_a_naive_one() -> None:
    """Resampling sentences and scoring them again gives the same distribution."""
    random = np.random.default_rng(3)
    gold = [random.integers(0, 7, n).tolist() for n in random.integers(1, 20, 150)]
    said = [[t if random.random() < 0.7 else 0 for t in s] for s in gold]
    fast = intervals.entity_f1(intervals.resampled(ours(gold, said).astype(float), 2000, 0))
    slow = []
    for _ in range(300):
        chosen = random.integers(0, len(gold), len(gold))
        counts = ours([gold[i] for i in chosen], [said[i] for i in chosen]).sum(0)[None]
        slow.append(intervals.entity_f1(counts.astype(float))[0])
    assert abs(fast.mean() - np.mean(slow)) < 0.01
    assert abs(fast.std() - np.std(slow)) < 0.004


def test_a_difference_is_paired_row_by_row() -> None:
    """Equal to the two scores of the same resample, one taken from the other."""
    random = np.random.default_rng(5)
    gold = [random.integers(0, 7, n).tolist() for n in random.integers(1, 20, 200)]
    said = [[t if random.random() < 0.6 else 0 for t in s] for s in gold]
    better = [[t if random.random() < 0.8 else o for t, o in zip(s, old, strict=True)]
              for s, old in zip(gold, said, strict=True)]  # fmt: skip
    mine, theirs = (ours(gold, found).astype(float) for found in (better, said))
    value, low, high = intervals.difference(mine, theirs, intervals.entity_f1, 500, 9)
    apart = [intervals.entity_f1(counts.sum(0)[None])[0] for counts in (mine, theirs)]
    assert value == pytest.approx(apart[0] - apart[1], abs=EXACT)
    each = [intervals.entity_f1(intervals.resampled(part, 500, 9)) for part in (mine, theirs)]
    assert (low, high) == pytest.approx(np.percentile(each[0] - each[1], (2.5, 97.5)), abs=EXACT)
    assert 0 < low < value < high
    assert intervals.difference(mine, mine, intervals.entity_f1, 200, 0) == (0.0, 0.0, 0.0)


def test_predictions_that_do_not_fit_are_refused() -> None:
    from finetuning.runners.channel import Fault

    good = np.array([0, 1, -1], dtype=np.int16)
    assert mapped(good, 3, [0, 2], 0).tolist() == [0, 2, 0]
    for wrong, expected in ((good, 4), (np.array([0, 2, 1]), 3), (np.array([-2, 0, 0]), 3)):
        with pytest.raises(Fault):
            mapped(wrong, expected, [0, 2], 0)
