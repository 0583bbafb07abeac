"""Front matter meant to break its reader: refused or read as text, soon, and never run."""

import time

import pytest
from django.test import Client

from models_registry import cards
from models_registry.formats.front_matter import BadFrontMatter, parse
from models_registry.models import Repo
from models_registry.revisions import AddFile
from tests.factories import make_repo
from tests.models_registry.deeds import commit

pytestmark = pytest.mark.db

LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "billion laughs": LAUGHS,
    "an alias of itself": "a: &a [*a]",
    "a merge key of an alias": "a: &a {x: 1}\nb:\n  <<: *a",
    "deep lists": "a: " + "[" * 5_000 + "]" * 5_000,
    "deep blocks": "".join(f"{' ' * n}a:\n" for n in range(2_000)),
    "a hundred thousand keys": "".join(f"k{n}: 1\n" for n in range(100_000)),
    "a python object": 'a: !!python/object/apply:os.system ["touch pwned"]',
    "a python name": "a: !!python/name:os.system",
    "a tag of its own": "!<tag:yaml.org,2002:python/module:os> a: 1",
    "a set": "!!set {a, b}",
    "binary": "a: !!binary aGVsbG8=",
    "two documents": "a: 1\n... \n%YAML 1.2\n--- \nb: 2",
    "a list at the top": "- a\n- b",
    "an endless quote": 'a: "' + "x" * 200_000,
    "keys that are lists": "? [a, b]\n: 1",
    "a key twice": "a: 1\na: 2",
    "numbers to the base 60": "a: 1:" + ":".join(["59"] * 3_000),
    "a huge number": "a: " + "9" * 100_000,
    "not a number": "a: .nan\nb: .inf",
    "control characters": "a: \x00\x07",
    "half a surrogate": 'a: "\\ud800"',
    "a percent bomb": "a: '%(x)s %s {0.__class__}'",
    "tabs": "a:\n\t- b",
}
FAST = 5  # seconds, on a loaded machine


@pytest.mark.parametrize("name", HOSTILE)
def test_reading_is_bounded_and_makes_plain_values(name: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    started = time.process_time()
    try:
        found = parse(f"---\n{HOSTILE[name]}\n---\n# Card\n")
    except BadFrontMatter as refused:
        assert str(refused)
        assert len(str(refused)) <= 600
    else:
        assert _plain(found)
    assert time.process_time() - started < FAST
    assert list(tmp_path.iterdir()) == []


def _plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _plain(below) for key, below in value.items())
    if isinstance(value, list):
        return all(map(_plain, value))
    return value is None or isinstance(value, str | int | float | bool)


def test_a_commit_with_any_of_them_is_shown_and_says_nothing(maker, client: Client) -> None:
    repo = make_repo(maker)
    for name, text in HOSTILE.items():
        content = f"---\n{text}\n---\n# {name}\n".encode(errors="replace")
        commit(repo, AddFile("README.md", content))
        cards.validate(content.decode())
        kept = Repo.objects.get(pk=repo.pk)
        assert _plain(kept.card), name
        for path in (repo.path, f"{repo.path}/blob/main/README.md", "/models"):
            assert client.get(path).status_code == 200, name


@pytest.mark.parametrize(
    "front",
    ["license: [mit, {a: b}]", "license: {}", "tags: {a: 1}", "base_model: 7", "model-index: {}",
     "base_model:\n  - [nested]", "language: 5", "pipeline_tag: [a, b]", "tags: " + "x" * 100_000,
     "base_model_relation: [merge]", "base_model_relation: eat", "library_name: null"],
)  # fmt: skip
def test_values_of_the_wrong_shape_are_answered_never_a_fault(maker, client, front: str) -> None:
    repo = make_repo(maker)
    content = f"---\n{front}\n---\n"
    cards.validate(content)
    commit(repo, AddFile("README.md", content.encode()))
    assert client.get(repo.path).status_code == 200
