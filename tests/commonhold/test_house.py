"""Promises about the tree as a whole that no single room can keep."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from portal.site.launch.places import ROOT

APPS = ("portal", "governance", "models_registry", "finetuning")
PURE = ("finetuning.runners", "models_registry.formats", "governance.tally")


def run(code: str, **env: str) -> str:
    settings = {"DJANGO_SETTINGS_MODULE": "portal.site.settings", **env}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("role", ["pages", "transfer", "both"])
def test_the_web_process_never_imports_torch(role: str):
    """Every address resolved, every extension loaded: 2 GB of packages stay on the disk."""
    code = (
        "import sys, portal.site.wsgi;"
        "from django.urls import get_resolver; get_resolver().url_patterns;"
        "from django.conf import settings;"
        "get_resolver(settings.HUB_URLCONF).url_patterns;"
        "get_resolver(settings.TRANSFER_URLCONF).url_patterns;"
        "print(*[name for name in ('torch', 'transformers', 'peft') if name in sys.modules])"
    )
    assert run(code, COMMONHOLD_ROLE=role).split() == []


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*APPS, include_external_packages=True, cache_dir=None)


@pytest.mark.parametrize("package", PURE)
def test_a_pure_package_knows_nothing_of_ours_and_no_django(package: str, graph):
    if package not in graph.modules:
        pytest.skip(f"{package} does not exist yet")
    known = {
        imported
        for module in {package, *graph.find_descendants(package)}
        for imported in graph.find_modules_directly_imported_by(module)
    }
    foreign = {name for name in known if name.startswith((*APPS, "django", "rest_framework"))}
    assert {name for name in foreign if not name.startswith(package)} == set()


def test_no_file_holds_an_address_of_this_machine_or_a_secret():
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    own = Path(__file__).relative_to(ROOT).as_posix()
    words = ("/work" + "/main", "BEGIN " + "PRIVATE KEY", "/root" + "/.")
    for name in tracked:
        path = ROOT / name
        if name == own or not path.is_file() or path.stat().st_size > 2**20:
            continue
        text = path.read_text(errors="replace")
        assert not [word for word in words if word in text], name


_rests = re.compile(r"\bshifted\(|\b(Integrity|Database|Protected)Error\b|committed_db").search


def found_in(path: Path) -> Iterator[tuple[str, str, bool]]:
    """Yield (name, source, whether it carries the mark `db`) of a file's tests."""
    source = path.read_text()
    tree = ast.parse(source)
    of_module = [node.value for node in tree.body if isinstance(node, ast.Assign)]
    marks = [value for value in of_module if "pytest.mark" in ast.unparse(value)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            said = " ".join(ast.unparse(mark) for mark in [*marks, *node.decorator_list])
            whole = ast.get_source_segment(source, node) or ""
            yield f"{path.name}: {node.name}", whole, re.search(r"mark\.db\b", said) is not None


def test_what_rests_on_the_database_is_tested_on_both():
    """Constraints, triggers, locks and deadlines differ by vendor: see the mark `db`."""
    files = [p for p in (ROOT / "tests").rglob("test_*.py") if p != Path(__file__)]
    found = [test for path in files for test in found_in(path)]
    assert len(found) > 1000
    alone = [name for name, source, marked in found if not marked and _rests(source)]
    assert alone == []
