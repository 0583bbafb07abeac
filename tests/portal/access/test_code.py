"""What our own code may not do anywhere: trust text, run text, leave a door without its lock."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
APPS = ("portal", "governance", "models_registry", "finetuning")
# Code that never runs beside the web: what `./commonhold` does, and what runs inside the sandbox.
APART = ("portal/site/launch/", "finetuning/runners/", "finetuning/sandbox/")


@cache
def files() -> list[tuple[str, ast.Module]]:
    return [
        (str(path.relative_to(ROOT)), ast.parse(path.read_text()))
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
    ]


@cache
def used(tree: ast.Module, *, calls: bool = True) -> set[str]:
    """Return every dotted name that is imported, or called or used as a decorator."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif calls and isinstance(node, ast.Call):
            found.add(ast.unparse(node.func))
    return found


def users_of(pattern: str) -> set[str]:
    wanted = re.compile(pattern)
    return {path for path, tree in files() if any(map(wanted.fullmatch, used(tree)))}


def test_markup_is_trusted_in_one_place() -> None:
    assert users_of(r"(.*\.)?(mark_safe|SafeString\.__new__|html_safe)") == {
        "portal/markup/__init__.py"
    }
    for path, tree in files():
        for node in ast.walk(tree):
            made = isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "SafeString",
                "SafeText",
            )
            assert not made, path


def test_what_is_formatted_into_markup_is_a_constant() -> None:
    """`format_html(text_of_somebody)` would trust that text: its first argument is ours."""
    for path, tree in files():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("format_html"):
                assert all(isinstance(a, ast.Constant) for a in node.args[:1]), (path, node.lineno)


def test_templates_trust_nothing() -> None:
    for path in (ROOT / "templates").rglob("*"):
        if path.suffix == ".html":
            text = path.read_text()
            assert not re.search(r"\|\s*safe\b|\|\s*safeseq\b|autoescape\s+off", text), path


def test_doors_without_a_csrf_token_are_the_known_ones() -> None:
    """The Hub protocol and the transfer side read no cookie and have a chain of their own."""
    assert users_of(r"(.*\.)?csrf_exempt") == {"portal/home/reports.py", "portal/notices/views.py"}
    from django.conf import settings

    assert "django.middleware.csrf.CsrfViewMiddleware" in settings.MIDDLEWARE
    for chain in (settings.HUB_MIDDLEWARE, settings.TRANSFER_MIDDLEWARE):
        assert not any("sessions" in name or "auth.middleware" in name for name in chain)


@pytest.mark.parametrize(
    ("pattern", "known"),
    [
        (r"eval|exec|compile|__import__", set()),
        (r"(pickle|cPickle|dill|joblib|marshal|shelve)(\..*)?", set()),
        (r"(torch|numpy)\.load", set()),
        (r"os\.(system|popen|exec\w*|spawn\w*)", set()),
        (r"yaml\.(unsafe_load|full_load|load_all|unsafe_load_all|FullLoader|UnsafeLoader)", set()),
        (r"yaml\.load", {"models_registry/formats/front_matter.py"}),  # with a safe loader
        (r"(tempfile\.mktemp|random\.(choice|choices|randbytes|getrandbits|token_hex))", set()),
        (r"(hashlib\.)?md5|hashlib\.new", set()),
        (r"(xml\.|lxml).*", set()),
        (r".*objects\.raw|.*\.extra", {"portal/search/narrowing.py"}),  # whole numbers alone
        (r"(ssl\._create_unverified_context|.*\.verify=False)", set()),
    ],
)  # fmt: skip
def test_what_turns_text_into_deeds_is_not_used(pattern: str, known: set[str]) -> None:
    found = {path for path in users_of(pattern) if not path.startswith(APART)}
    assert found - known == set()


def test_no_command_goes_through_a_shell() -> None:
    for path, tree in files():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                words = {word.arg: ast.unparse(word.value) for word in node.keywords}
                assert words.get("shell", "False") == "False", (path, node.lineno)


# Where names of our own tables and the words of a search's own grammar are put into a statement.
COMPOSED = {
    "governance/migrations/0001_schema.py",  # a table made again as SQLite says it was made
    "models_registry/downloads.py", "models_registry/gate/requirements.py",
    "portal/search/finding.py", "portal/search/narrowing.py", "portal/search/tables.py",
    "portal/triggers.py",
}  # fmt: skip


def test_sql_is_never_put_together_from_values() -> None:
    """A statement is one constant text; what fills it in are parameters, or constants of ours."""
    for path, tree in files():
        for node in ast.walk(tree):
            if path in COMPOSED or not isinstance(node, ast.Call) or not node.args:
                continue
            if not ast.unparse(node.func).endswith((".execute", ".executemany", "RawSQL")):
                continue
            for part in ast.walk(node.args[0]):
                if isinstance(part, ast.FormattedValue):
                    filled = ast.unparse(part.value)
                    ours = filled.isupper() or filled.endswith(("table", "quote_name(table)"))
                    assert ours, (path, node.lineno)
                assert not isinstance(part, ast.BinOp | ast.Mod), (path, node.lineno)


# What it checks lies where we put it: in a folder of ours, or in a bucket, at an address we signed.
BUCKET = {"models_registry/formats/xet/checker.py"}


@pytest.mark.attack(29)
def test_the_portal_asks_no_other_machine() -> None:
    """Nothing that members write makes the server open a connection: it has no client at all."""
    clients = re.compile(
        r"(requests|httpx2?|aiohttp|urllib3|http\.client|ftplib|telnetlib|urllib\.request)(\..*)?"
        r"|socket(\..*)?"
    )
    found = {
        path
        for path, tree in files()
        for name in used(tree, calls=False)
        if clients.fullmatch(name) and not path.startswith(APART)
    }
    assert found == BUCKET


def test_redirects_lead_where_the_code_says() -> None:
    """An address out of a request goes through a check before anybody is sent there."""
    for path, tree in files():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "redirect", "HttpResponseRedirect", "HttpResponsePermanentRedirect",
            ):  # fmt: skip
                told = ast.unparse(node)
                assert not re.search(r"request\.(GET|POST|META|headers|COOKIES)", told), (
                    path,
                    told,
                )
