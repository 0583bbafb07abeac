"""Where benchmark data lies: `benchmarks/<sha256>/{items,gold}.jsonl` below the data folder.

Items and gold are two files so that a job can be given one without the other. Data that may only
be read by path is never copied here: it is read again for each run and must still have its hash.
"""

import json
import os
import tempfile
from itertools import islice
from pathlib import Path

from django.conf import settings

from finetuning.benchmarks import formats
from finetuning.benchmarks.formats import Data, Unreadable
from finetuning.benchmarks.models import BenchmarkVersion, DataUse


class DataChanged(Unreadable):
    """The data on disk is not what the version was defined with."""


def folder(sha256: str) -> Path:
    return Path(settings.DATA_DIR) / "benchmarks" / sha256


def keep(data: Data) -> None:
    """Store items and gold under their hash; storing the same data twice changes nothing."""
    place = folder(data.sha256)
    if place.exists():
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix="incoming-") as made:
        write(data, Path(made) / "data")
        try:
            os.rename(Path(made) / "data", place)
        except OSError:
            if not place.exists():
                raise


def write(data: Data, place: Path) -> None:
    place.mkdir(mode=0o700)
    for name, rows in (("items", data.items), ("gold", data.gold)):
        with (place / f"{name}.jsonl").open("wb") as file:
            file.write(formats.lines(rows))
            file.flush()
            os.fsync(file.fileno())


def materialise(version: BenchmarkVersion, scratch: Path) -> tuple[Path, Path]:
    """Return the paths of items and gold for one run; raises `DataChanged`."""
    place = folder(version.data_sha256)
    if version.data_use == DataUse.PATH_ONLY:
        data = reread(version)
        place = scratch / "data"
        write(data, place)
    if not place.exists():
        raise DataChanged(f"The data {version.data_sha256} of {version} is not on this machine.")
    return place / "items.jsonl", place / "gold.jsonl"


def reread(version: BenchmarkVersion) -> Data:
    path = Path(version.source["path"])
    try:
        data = read(path, version.source)
    except (OSError, UnicodeDecodeError) as error:
        raise DataChanged(f"{path} of {version} cannot be read: {error}") from None
    if data.sha256 != version.data_sha256:
        raise DataChanged(f"{path} has changed since {version} was defined.")
    return data


def read(path: Path, source: dict[str, str]) -> Data:
    """Read a file as `source` says: its format and, for tables, its columns."""
    text = path.read_text(encoding="utf-8-sig")
    if source["format"] == "conll":
        return formats.conll(text)
    delimiter = "\t" if source["format"] == "tsv" else ","
    return formats.table(
        text,
        text_column=source["text_column"],
        label_column=source["label_column"],
        delimiter=delimiter,
    )


def samples(version: BenchmarkVersion, count: int) -> list[dict[str, object]]:
    """Return the first items with their gold, for a page; only for data that may be shown."""
    assert version.shows_text
    place = folder(version.data_sha256)
    try:
        with (place / "items.jsonl").open() as items, (place / "gold.jsonl").open() as gold:
            pairs = islice(zip(items, gold, strict=True), count)
            return [json.loads(item) | json.loads(answer) for item, answer in pairs]
    except OSError:
        return []
