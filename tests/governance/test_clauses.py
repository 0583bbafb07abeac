"""Clauses: the text follows from them byte for byte, and patches fit or are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.norms import differences
from governance.norms.clauses import (
    BadClause,
    Change,
    Clause,
    ClauseMoved,
    apply,
    digest,
    normal,
    paired,
    parse,
    render,
)
from portal.agreements.library import TITLES, read

SHIPPED = {
    name: text.text for name, text in read("community-norms", TITLES["community-norms"]).items()
}
WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1, max_size=30
)


def shipped():
    return paired(SHIPPED["en"], SHIPPED["zh"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_shipped_text_is_its_clauses_byte_for_byte(language):
    assert render(shipped(), language) == SHIPPED[language]


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=8))
def test_what_is_rendered_is_read_back(texts):
    clauses = [Clause("preamble", "We.", "我们。"), Clause("N1", "One", "一")]
    clauses += [Clause(f"N1.{n}", en, zh) for n, (en, zh) in enumerate(texts, 1)]
    assert paired(render(clauses, "en"), render(clauses, "zh")) == clauses


def test_a_patch_replaces_inserts_and_deletes():
    made = apply(
        shipped(),
        [
            Change("replace", "N5.1", en="Be  kind.\n", zh="与人为善。"),
            Change("insert", "N5.6", en="New.", zh="新。", after="N5.5"),
            Change("delete", "N2.3"),
        ],
    )
    names = [clause.id for clause in made]
    assert "N2.3" not in names and names.index("N5.6") == names.index("N5.5") + 1
    assert next(c for c in made if c.id == "N5.1").en == "Be kind."
    assert parse(render(made, "en"))[0][0] == "preamble"


@pytest.mark.parametrize(
    "change",
    [
        Change("replace", "N9.9", en="x", zh="x"),
        Change("replace", "N5.1", en="x", zh="x", old="0" * 64),
        Change("insert", "N5.1", en="x", zh="x", after="N5.2"),
        Change("insert", "N5.7", en="x", zh="x", after="N9.1"),
    ],
)
def test_a_patch_for_other_clauses_is_in_conflict(change):
    with pytest.raises(ClauseMoved):
        apply(shipped(), [change])


@pytest.mark.parametrize(
    "change",
    [
        Change("replace", "N5.1", en="x"),
        Change("delete", "N5"),
        Change("delete", "preamble"),
        Change("insert", "N5.7", en="x", zh="x", after="N4.1"),
        Change("insert", "X1", en="x", zh="x", after="N5.5"),
        Change("insert", "N8", en="x", zh="x", after="N5.2"),
        Change("burn", "N5.1"),
        Change("replace", "N5.1", en="x" * 5000, zh="x"),
    ],
)
def test_a_patch_that_makes_no_norms_is_refused(change):
    with pytest.raises(BadClause):
        apply(shipped(), [change])


def test_a_kept_patch_knows_what_it_saw_and_drops_what_changes_nothing():
    base = shipped()
    seen = next(c for c in base if c.id == "N5.1")
    kept = normal(
        [
            Change("replace", "N5.1", en="Be kind.", zh="与人为善。"),
            Change("replace", "N5.2", en=base[0].en, zh="x"),
            Change("replace", "N5.1", en=seen.en, zh=seen.zh),
        ],
        base,
    )
    assert [change.clause for change in kept] == ["N5.1", "N5.2"]
    assert kept[0].old == seen.sha256


def test_a_hash_is_over_every_clause_in_order():
    base = shipped()
    assert len({digest(base), digest(base[::-1]), digest(base[:-1])}) == 3


@given(WORDS, WORDS)
def test_differences_hold_both_texts(before, after):
    pieces = differences.words(before, after)
    assert "".join(p.text for p in pieces if p.kind != "added") == before
    assert "".join(p.text for p in pieces if p.kind != "removed") == after


def test_a_comparison_names_what_was_added_removed_and_changed():
    base = shipped()
    made = apply(
        base,
        [
            Change("replace", "N5.1", en="Criticise the work.", zh="批评作品。"),
            Change("insert", "N5.6", en="New.", zh="新。", after="N5.5"),
            Change("delete", "N2.3"),
        ],
    )
    found = {one.id: one.kind for one in differences.between(base, made) if one.is_change}
    assert found == {"N2.3": "removed", "N5.1": "changed", "N5.6": "added"}
    names = [one.id for one in differences.between(base, made)]
    assert names.index("N2.3") == names.index("N2.2") + 1
