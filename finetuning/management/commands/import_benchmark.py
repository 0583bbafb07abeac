"""`manage.py import_benchmark SLUG FILE --title ... --licence ... --use ...`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from finetuning.benchmarks import defining, storage
from finetuning.benchmarks.formats import Unreadable
from finetuning.benchmarks.models import DataUse
from portal.errors import Refused


class Command(BaseCommand):
    help = "Define a benchmark version from a CoNLL, CSV or TSV file with labels."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="short name, the address of its leaderboard")
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=["conll", "csv", "tsv"], required=True)
        parser.add_argument("--text-column", default="text")
        parser.add_argument("--label-column", default="label")
        parser.add_argument("--title", required=True)
        parser.add_argument("--about", default="")
        parser.add_argument("--language", default="")
        parser.add_argument("--licence", required=True, help="licence of the data, by name")
        parser.add_argument("--origin", default="", help="where the data was published")
        parser.add_argument("--use", choices=DataUse.values, required=True)
        parser.add_argument("--split", default="test")
        parser.add_argument("--budget", type=int, default=1024, help="padded tokens a batch")
        parser.add_argument("--window", type=int, default=512, help="tokens a model sees at once")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"].resolve()
        source = {"path": str(path), "format": options["format"]}
        if options["format"] != "conll":
            source |= {name: options[name] for name in ("text_column", "label_column")}
        try:
            data = storage.read(path, source)
            version = defining.define(
                options["slug"],
                title=options["title"],
                about=options["about"],
                language=options["language"],
                data=data,
                terms=self.terms(options, source),
            )
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from None
        except (Unreadable, Refused) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{version}: {version.rows} rows, {version.units} units, "
            f"{len(version.labels)} labels, data {version.data_sha256}"
        )

    def terms(self, options: dict[str, Any], source: dict[str, str]) -> defining.Terms:
        use = options["use"]
        return defining.Terms(
            use=use,
            licence=options["licence"],
            origin=options["origin"],
            split=options["split"],
            source=source if use == DataUse.PATH_ONLY else {},
            budget=options["budget"],
            window=options["window"],
        )
