"""Defining a benchmark version from data."""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from finetuning.benchmarks import storage
from finetuning.benchmarks.formats import Data
from finetuning.benchmarks.models import Benchmark, BenchmarkVersion, DataUse
from finetuning.benchmarks.search import index_benchmark
from portal import events
from portal.clock import db_now
from portal.errors import Conflict, Invalid
from portal.people.models import Person

BOUNDS = {"budget": (16, 65_536), "window": (16, 65_536), "resamples": (100, 100_000)}
SCORERS = {"token-classification": "iob2-strict@1", "text-classification": "classes@1"}


class OtherTask(Conflict):
    code = "OtherTask"
    default = _("A benchmark of this name exists for another task. Choose another name.")


@dataclass(frozen=True)
class Terms:
    """What is said about the data and how it is scored beyond the data itself."""

    use: str
    licence: str
    origin: str = ""
    split: str = "test"
    source: dict[str, str] = field(default_factory=dict)
    budget: int = 1024
    window: int = 512
    resamples: int = 10_000
    seed: int = 0


def define(
    slug: str,
    *,
    title: str,
    about: str,
    language: str,
    data: Data,
    terms: Terms,
    by: Person | None = None,
) -> BenchmarkVersion:
    """Return the version that holds `data` under `terms`, a new one unless it is there already.

    The data is on disk before the row exists. Raises `OtherTask`, and `Invalid` for a name that is
    no address or a number that no run could keep.
    """
    said = {"title": title, "about": about, "language": language}
    require_sound(Benchmark(slug=slug, **said), "slug", *said)
    row = BenchmarkVersion(**described(terms), **definition(terms))
    require_sound(row, "split", "data_use", "data_licence", "data_origin")
    require_workable(terms)
    if terms.use != DataUse.PATH_ONLY:
        storage.keep(data)
    with transaction.atomic():
        benchmark, created = Benchmark.objects.get_or_create(
            slug=slug, defaults={**said, "task": data.task, "created_at": db_now()}
        )
        if benchmark.task != data.task:
            raise OtherTask
        if created:
            index_benchmark(benchmark)
        same = benchmark.versions.filter(data_sha256=data.sha256, **definition(terms)).first()
        return same or new_version(benchmark, data, terms, by)


def require_sound(row: Model, *names: str) -> None:
    """Raise `Invalid` for a value of these fields that the database would not keep."""
    try:
        row.clean_fields(exclude={field.name for field in row._meta.fields} - set(names))
    except ValidationError as error:
        said = [f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items()]
        raise Invalid("; ".join(said)) from None


def require_workable(terms: Terms) -> None:
    for name, (low, high) in BOUNDS.items():
        if not low <= getattr(terms, name) <= high:
            raise Invalid(f"{name}: {low:,} to {high:,} is allowed.")


def new_version(
    benchmark: Benchmark, data: Data, terms: Terms, by: Person | None
) -> BenchmarkVersion:
    last = benchmark.versions.order_by("-number").first()
    version = BenchmarkVersion.objects.create(
        benchmark=benchmark,
        number=last.number + 1 if last else 1,
        data_sha256=data.sha256,
        labels=list(data.labels),
        rows=len(data.items),
        units=data.units,
        scorer=SCORERS[data.task],
        created_at=db_now(),
        **described(terms),
        **definition(terms),
    )
    body = {"number": version.number, "data_sha256": data.sha256, "scorer": version.scorer}
    subject = f"benchmark:{benchmark.slug}"
    events.record("finetuning:benchmark:defined", actor=by, subject=subject, body=body)
    return version


def described(terms: Terms) -> dict[str, Any]:
    """What a version says of its data and does not differ by."""
    return {
        "data_licence": terms.licence,
        "data_origin": terms.origin,
        "source": terms.source,
    }


def definition(terms: Terms) -> dict[str, Any]:
    return {
        "split": terms.split,
        "data_use": terms.use,
        "budget": terms.budget,
        "window": terms.window,
        "resamples": terms.resamples,
        "seed": terms.seed,
    }
