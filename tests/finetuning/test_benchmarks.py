"""Benchmark data: reading it, keeping it, and noticing when it has changed."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from finetuning.benchmarks import formats
from finetuning.benchmarks.formats import Unreadable

CONLL = "Ada\tB-person\nwrote\tO\n\nAcme\tB-group\n"


def test_conll_keeps_order_words_and_tags() -> None:
    data = formats.conll(CONLL)
    assert [row["words"] for row in data.items] == [["Ada", "wrote"], ["Acme"]]
    assert data.gold[0]["tags"] == ["B-person", "O"]
    assert data.labels == ("O", "B-group", "B-person")
    assert data.units == 3


def test_iob1_becomes_iob2() -> None:
    """As in CoNLL-2003: `B-` only where two entities of a type touch."""
    text = "-DOCSTART- -X- O O\n\nA x I-LOC\nB x I-LOC\nC x B-LOC\nD x I-PER\ne x O\nF x I-PER\n"
    (row,) = formats.conll(text).gold
    assert row["tags"] == ["B-LOC", "I-LOC", "B-LOC", "B-PER", "O", "B-PER"]


@pytest.mark.parametrize(
    ("text", "says"),
    [("Ada\n", "Line 1"), ("Ada\tO\nAcme\tperson\n", "Line 2"), ("\n\n", "no sentence"),
     ("Ada\tB-\n", "Line 1"), ("Ada\tX-person\n", "Line 1")],
)  # fmt: skip
def test_a_broken_file_is_refused_by_line(text: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        formats.conll(text)


def test_tables_are_read_with_their_quotes() -> None:
    data = formats.table(
        'text,label\n"a, ""b""\nc",x\nd,y\n', text_column="text", label_column="label"
    )
    assert data.items[0]["text"] == 'a, "b"\nc'
    assert data.labels == ("x", "y")
    with pytest.raises(Unreadable, match="no column 'tag'"):
        formats.table("text,label\n", text_column="text", label_column="tag")
    with pytest.raises(Unreadable, match="same label"):
        formats.table("text,label\na,x\nb,x\n", text_column="text", label_column="label")
    with pytest.raises(Unreadable, match="lacks"):
        formats.table("text,label\na,\nb,x\n", text_column="text", label_column="label")


def test_a_table_is_read_row_by_row_whatever_its_texts_hold() -> None:
    """Line separators of Unicode end no row, and a quote in a TSV swallows none."""
    odd = formats.table(
        "text,label\na\u2028b\x85c,x\nd,y\n", text_column="text", label_column="label"
    )
    assert odd.items[0]["text"] == "a\u2028b\x85c"
    quoted = formats.table(
        'text\tlabel\n"so it began\tx\nit "ended"\ty\n',
        text_column="text", label_column="label", delimiter="\t",
    )  # fmt: skip
    assert [row["text"] for row in quoted.items] == ['"so it began', 'it "ended"']


@pytest.mark.parametrize(
    ("text", "says"),
    [("text,label\na, b,x\nc,y\n", "Line 2 has more columns"),
     ('text,label\n"a,x\n', "cannot be read"),
     ("text,label\n" + "a" * 200_000 + ",x\n", "cannot be read")],
)  # fmt: skip
def test_a_broken_table_is_refused_by_line(text: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        formats.table(text, text_column="text", label_column="label")


def test_a_token_may_hold_a_space_where_tabs_stand_between() -> None:
    (row,) = formats.conll("10\u00a0000 km\tB-length\nfar\tO\n").items
    assert row["words"] == ["10\u00a0000 km", "far"]


def test_the_hash_is_of_what_is_scored() -> None:
    same, other = formats.conll(CONLL + "\n\n"), formats.conll(CONLL.replace("Ada", "Eda"))
    assert formats.conll(CONLL).sha256 == same.sha256 != other.sha256
    assert formats.conll(CONLL.replace("B-person", "O")).sha256 != same.sha256


@pytest.mark.usefixtures("db")
def test_importing_makes_versions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from finetuning.models import BenchmarkVersion

    path = tmp_path / "data.conll"
    path.write_text(CONLL)
    options = {"format": "conll", "title": "Tiny", "licence": "CC0-1.0", "use": "redistributable"}
    call_command("import_benchmark", "imported", path, **options)
    assert "imported v1: 2 rows, 3 units" in capsys.readouterr().out
    call_command("import_benchmark", "imported", path, **options)
    path.write_text(CONLL + "\nnew\tO\n")
    call_command("import_benchmark", "imported", path, **options)
    found = BenchmarkVersion.objects.order_by("number")
    assert [(v.number, v.rows) for v in found] == [(1, 2), (2, 3)]
    path.write_text("broken\n")
    with pytest.raises(CommandError, match="Line 1"):
        call_command("import_benchmark", "imported", path, **options)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_benchmark", "imported", tmp_path / "missing", **options)
    path.write_text("text,label\na,x\nb,y\n")
    with pytest.raises(CommandError, match="another task"):
        call_command("import_benchmark", "imported", path, **(options | {"format": "csv"}))


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("slug", "options", "says"),
    [("no address", {}, "slug"), ("good", {"title": "t" * 121}, "title"),
     ("good", {"licence": "l" * 81}, "data_licence"), ("good", {"window": 3}, "window"),
     ("good", {"budget": 0}, "budget")],
)  # fmt: skip
def test_what_no_run_could_keep_is_refused(
    slug: str, options: dict[str, object], says: str, tmp_path: Path
) -> None:
    path = tmp_path / "data.conll"
    path.write_text(CONLL)
    given = {"format": "conll", "title": "Tiny", "licence": "CC0-1.0", "use": "eval_only"}
    with pytest.raises(CommandError, match=says):
        call_command("import_benchmark", slug, path, **(given | options))


@pytest.mark.usefixtures("db")
def test_data_read_by_path_is_not_copied_and_must_stay_the_same(tmp_path: Path) -> None:
    from finetuning.benchmarks import storage
    from finetuning.models import BenchmarkVersion

    path = tmp_path / "data.conll"
    path.write_text(CONLL + "\nelsewhere\tO\n", encoding="utf-8-sig")
    call_command(
        "import_benchmark", "bypath", path,
        format="conll", title="By path", licence="research only", use="path_only",
    )  # fmt: skip
    version = BenchmarkVersion.objects.get()
    assert not storage.folder(version.data_sha256).exists()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    items, gold = storage.materialise(version, scratch)
    assert b"Ada" in items.read_bytes()
    assert b"person" in gold.read_bytes()
    assert b"person" not in items.read_bytes()
    path.write_text(CONLL.replace("Ada", "Eda"))
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(storage.DataChanged, match="has changed"):
        storage.materialise(version, other)
    path.unlink()
    with pytest.raises(storage.DataChanged, match="cannot be read"):
        storage.materialise(version, other)


def test_the_demo_benchmark_is_real_and_split_once(settings) -> None:
    from finetuning.demo import sentiment

    if not sentiment.archive().exists():
        pytest.skip("the archive of vaderSentiment is not installed")
    train, test = sentiment.splits()
    assert (len(train.items), len(test.items)) == (8566, 2000)
    assert test.labels == ("negative", "positive")
    seen = {row["text"] for row in train.items}
    assert not seen & {row["text"] for row in test.items}
    assert test.sha256 == sentiment.splits()[1].sha256
