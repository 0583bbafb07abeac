"""`docs/security.md` lists every attack with its tests, and the tests it names are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LIST = TESTS.parent / "docs" / "security.md"
REQUIRED = {*range(1, 29), *range(30, 43)}
ROW = re.compile(r"^\| (\d+) \|[^|]+\|[^|]+\| (.+) \|$", re.MULTILINE)
FILE = re.compile(r"`([\w/]+\.py)`: ((?:\*|`\w+`)(?:, (?:\*|`\w+`))*)")


@cache
def named_in(path: str) -> dict[str, set[int]]:
    """Return the tests of a file, each with the rows that it is marked with."""
    tree = ast.parse((TESTS / path).read_text())
    of_module = set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            of_module = marked(node.value)
    return {
        node.name: of_module.union(*(marked(mark) for mark in node.decorator_list))
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def marked(tree: ast.AST) -> set[int]:
    return {
        argument.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.attack"
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, int)
    }


def listed() -> dict[int, set[tuple[str, str]]]:
    """Return the tests of each row as (file, name)."""
    found: dict[int, set[tuple[str, str]]] = {}
    for number, cell in ROW.findall(LIST.read_text()):
        assert int(number) not in found, f"row {number} stands there twice"
        found[int(number)] = {
            (path, name)
            for path, names in FILE.findall(cell)
            for word in re.findall(r"\*|\w+", names)
            for name in (named_in(path) if word == "*" else [word])
        }
    return found


@pytest.mark.parametrize("row", sorted(REQUIRED))
def test_an_attack_has_tests_and_they_are_there(row: int) -> None:
    named = listed().get(row)
    assert named, f"row {row} of docs/security.md names no test"
    for path, name in named:
        assert (TESTS / path).exists(), path
        assert name in named_in(path), f"row {row}: there is no {name} in {path}"


def test_a_test_that_is_marked_with_a_row_stands_in_it() -> None:
    rows = listed()
    for file in TESTS.rglob("test_*.py"):
        path = str(file.relative_to(TESTS))
        for name, numbers in named_in(path).items():
            for number in numbers:
                assert (path, name) in rows.get(number, set()), f"{path}: {name} in row {number}"


def test_the_list_names_no_file_that_is_not_there() -> None:
    for path in re.findall(r"`tests/([\w/.]+)`", LIST.read_text()):
        assert (TESTS / path).exists(), path
