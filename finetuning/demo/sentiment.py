"""Sentiment of sentences from film reviews, with the mean rating of 20 people each.

Data: C. Hutto and E. Gilbert, "VADER" (ICWSM 2014), `movieReviewSnippets_GroundTruth.txt` inside
the source archive of vaderSentiment 3.3.2 (MIT). Read from the archive, never copied here.
"""

import hashlib
import tarfile
from io import BytesIO
from pathlib import Path

from django.conf import settings

from finetuning.benchmarks import defining, formats
from finetuning.benchmarks.formats import Data
from finetuning.benchmarks.models import BenchmarkVersion, DataUse

SLUG = "movie-sentiment"
OUTER = "vaderSentiment-3.3.2.tar.gz"
INNER = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
FILE = "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"
TEST_ROWS = 2000
NEGATIVE, POSITIVE = "negative", "positive"


def archive() -> Path:
    return Path(settings.ASSETS_DIR) / OUTER


def read() -> list[tuple[str, float]]:
    """Return (sentence, mean rating from -4 to 4) in the order of the file."""
    with tarfile.open(archive()) as outer:
        inner = outer.extractfile(INNER)
        assert inner is not None
        raw = BytesIO(inner.read())
    with tarfile.open(fileobj=raw) as resources:
        file = resources.extractfile(FILE)
        assert file is not None
        text = file.read().decode("utf-8", errors="replace")
    rows = [line.split("\t", 2) for line in text.splitlines() if line.count("\t") >= 2]
    return [(sentence.strip(), float(rating)) for _, rating, sentence in rows]


def splits() -> tuple[Data, Data]:
    """Return (train, test). The split is fixed by each sentence's own hash; a rating of exactly 0
    is neither positive nor negative and is left out, and so is a sentence that comes twice."""
    rows = {sentence: rating for sentence, rating in read() if rating and sentence}
    ordered = sorted(rows, key=lambda sentence: hashlib.sha256(sentence.encode()).digest())
    return of(rows, ordered[TEST_ROWS:]), of(rows, ordered[:TEST_ROWS])


def of(rows: dict[str, float], sentences: list[str]) -> Data:
    gold = [{"label": POSITIVE if rows[text] > 0 else NEGATIVE} for text in sentences]
    return formats.texts([{"text": text} for text in sentences], gold)


def define() -> BenchmarkVersion:
    _train, test = splits()
    return defining.define(
        SLUG,
        title="Movie review sentiment",
        about="Is a sentence from a film review positive or negative? The sign of the mean "
        "rating that 20 people gave. 影评句子的情感是正面还是负面？取二十人评分均值的正负号。",
        language="en",
        data=test,
        terms=defining.Terms(
            use=DataUse.REDISTRIBUTABLE,
            licence="MIT",
            origin="vaderSentiment 3.3.2, hutto_ICWSM_2014, movie review snippets",
        ),
    )
