"""Pictures of every method: inside their frame, nothing lost, nothing told by colour alone."""

from typing import Any
from xml.etree import ElementTree

import pytest
from django.template.loader import render_to_string
from hypothesis import given

from governance.pictures import Picture, drawn, tables
from governance.pictures.flow import HEIGHT
from governance.pictures.shapes import short, votes
from governance.tally import tally
from tests.governance.tally.profiles import OPTIONS, RULES, elections

NAMES = dict(zip(OPTIONS, ["Ada L.", "<b>Bo</b>", "西西", "Dee " * 12, "Eve"], strict=True))
VOTES: dict[str, Any] = {
    "approval": [(5, ["ada", "bo"]), (3, ["cy"]), (3, ["dee"])],
    "star": [(4, {"ada": 5, "bo": 2}), (3, {"bo": 5, "cy": 1})],
    "ranking": [(40, ["ada", "bo"]), (26, ["bo", "cy"]), (15, ["cy"]), (9, ["dee", "ada"])],
}


def pictures(name: str, ballots: Any) -> list[Picture]:
    return drawn(tally(RULES[name], OPTIONS, ballots).as_json(), NAMES)


@given(elections)
def test_every_shape_stands_inside_its_frame(election):
    rule, ballots = election
    for picture in drawn(tally(rule, OPTIONS, ballots).as_json(), NAMES):
        assert picture.title
        for rect in picture.rects:
            assert rect.width >= 0 and rect.height >= 0
            assert -0.1 <= rect.x <= rect.x + rect.width <= picture.width + 0.1
            assert -0.1 <= rect.y <= rect.y + rect.height <= picture.height + 0.1
        for text in picture.texts:
            assert 0 <= text.x <= picture.width and 0 <= text.y <= picture.height


@pytest.mark.parametrize("name", ["stv", "stv_lot", "irv", "irv_lot"])
def test_every_column_of_a_flow_holds_all_votes(name):
    (picture,) = pictures(name, VOTES["ranking"])
    columns: dict[float, float] = {}
    for rect in picture.rects:
        columns[rect.x] = columns.get(rect.x, 0) + rect.height
    assert len(columns) > 1
    assert all(abs(height - HEIGHT) < 1 for height in columns.values())


def test_votes_that_move_leave_their_option_and_come_to_another():
    (picture,) = pictures("irv", VOTES["ranking"])
    kinds = [line.kind for line in picture.lines]
    assert kinds.count("moves") == 1 and kinds.count("stays") == 7


def test_who_is_chosen_and_who_is_tied_has_a_sign():
    (picture,) = pictures("approval", VOTES["approval"])
    said = [text.said for text in picture.texts]
    assert "5 ✓" in said and "3" in said
    (tied,) = drawn(
        tally({"method": "approval", "seats": 3}, OPTIONS, VOTES["approval"]).as_json(), {}
    )
    assert [text.said for text in tied.texts].count("3 =") == 2


def test_star_draws_scores_and_runoff():
    first, second = pictures("star", VOTES["star"])
    assert [text.said for text in first.texts if "✓" in text.said] == ["23 ✓", "20 ✓"]
    assert [text.said for text in second.texts if "✓" in text.said] == ["4 ✓"]


def test_a_matrix_has_every_pair_and_marks_the_dropped():
    rule = {"method": "schulze", "default": "bo", "ratio": {"ada": 9}}
    (picture,) = drawn(tally(rule, OPTIONS, VOTES["ranking"]).as_json(), NAMES)
    assert len(picture.rects) == len(OPTIONS) ** 2
    assert any("Ada L. ×" in text.said for text in picture.texts)


def test_a_threshold_is_a_line():
    rule = {"method": "threshold", "threshold": {"share": "2/3", "comparison": ">="}}
    counted = tally(rule, ["yes", "no", "abstain"], [(20, "yes"), (10, "no"), (40, "abstain")])
    (picture,) = drawn(counted.as_json(), {"yes": "Yes", "no": "No", "abstain": "Abstain"})
    (mark,) = [line for line in picture.lines if line.kind == "mark"]
    (yes,) = [rect for rect in picture.rects if rect.kind == "chosen"]
    assert mark.d.startswith(f"M{yes.x + yes.width:g} ")  # 20 of 30 is exactly two thirds


@pytest.mark.parametrize("name", sorted(RULES))
def test_no_ballots_no_fault(name):
    assert all(picture.title for picture in pictures(name, []))


def test_the_page_is_well_formed_and_holds_no_style_of_its_own():
    found = pictures("stv_lot", VOTES["ranking"]) + pictures("schulze", VOTES["ranking"])
    page = render_to_string("governance/_pictures.html", {"pictures": found})
    assert "style=" not in page and "<script" not in page and "<b>" not in page
    root = ElementTree.fromstring(f"<div>{page}</div>")
    figures = root.findall("figure")
    assert len(figures) == 2
    assert all(figure.findtext("figcaption") for figure in figures)
    assert all(figure.find("svg").get("aria-hidden") == "true" for figure in figures)  # type: ignore[union-attr]


def test_long_names_are_cut_by_the_room_they_take():
    assert short("short") == "short"
    assert short("a" * 40, 10) == "a" * 10 + "…"
    assert short("社区规范修订提案", 10) == "社区规范修…"


def test_votes_are_told_without_idle_digits():
    assert votes(1234) == "1,234"
    assert votes(12_300_000, 100_000) == "123"
    assert votes(12_345_670, 100_000) == "123.4567"
    assert votes(5, 100_000) == "0.00005"


# --- tables -------------------------------------------------------------------------------------
@given(elections)
def test_every_row_of_a_table_has_a_cell_for_each_column(election):
    rule, ballots = election
    record = tally(rule, OPTIONS, ballots).as_json()
    for table in tables(record, NAMES):
        assert table.title and (table.rows or table.note)
        for row in table.rows:
            assert all(isinstance(cell, str) for cell in row)
            assert len(row) == (len(table.columns) or 2)


@given(elections)
def test_the_tables_tell_every_step_of_the_record(election):
    rule, ballots = election
    record = tally(rule, OPTIONS, ballots).as_json()
    moving = sum(step["kind"] in ("stage", "round") for step in record["steps"])
    rest = len(record["steps"]) - moving
    assert len(tables(record, NAMES)) == rest + (2 if moving else 0)


def test_a_quorum_and_a_threshold_are_told_in_numbers():
    rule = {
        "method": "threshold",
        "threshold": {"share": "2/3", "comparison": ">="},
        "quorum": {"counts": "cast", "share": "1/4"},
        "eligible": 100,
    }
    record = tally(rule, ["yes", "no", "abstain"], [(20, "yes"), (10, "no")]).as_json()
    quorum, threshold = tables(record, {})
    assert [row[1] for row in quorum.rows] == ["25", "30", "100"]
    assert threshold.note == "20 × 3 = 60 against 30 × 2 = 60: reached."


def test_what_happened_in_a_stage_is_told_in_sentences():
    record = tally(RULES["stv_lot"], OPTIONS, VOTES["ranking"]).as_json()
    *_, happened = tables(record, NAMES)
    assert happened.rows[0] == ["1", "Elected: Ada L.."]
    assert happened.rows[1][1].startswith("The surplus moves on of: Ada L.. <b>Bo</b> +9")
