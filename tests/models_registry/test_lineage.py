"""Which repo stands on which: chains, circles, and bases that must not be given away."""

import pytest
from django.test import Client

from models_registry import gate, lineage, repos
from models_registry.models import BaseLink, Repo
from portal.access import Actor
from tests.factories import make_repo

pytestmark = pytest.mark.db


def card(*bases: str, more: str = "") -> dict[str, bytes]:
    named = "".join(f"\n  - {base}" for base in bases)
    return {"README.md": f"---\nbase_model:{named}\n{more}---\n# A model\n".encode()}


def named(repo: Repo, actor: Actor | None = None) -> list[tuple[str, Repo | None]]:
    return [(link.named, link.base) for link in lineage.bases_of(repo, actor or Actor())]


def test_names_become_repos_of_ours_in_any_case_and_stay_names_elsewhere(maker) -> None:
    base = make_repo(maker, "Base")
    merge = "base_model_relation: merge\n"
    tuned = make_repo(maker, "tuned", files=card("MAKER/base", "elsewhere/big", more=merge))
    assert named(tuned) == [("MAKER/base", base), ("elsewhere/big", None)]
    assert {link.relation for link in BaseLink.objects.all()} == {"merge"}
    assert list(base.derived_repos.all()) == [tuned]


def test_a_base_that_comes_later_or_goes_is_joined_and_parted(maker) -> None:
    tuned = make_repo(maker, "tuned", files=card("maker/later"))
    assert named(tuned) == [("maker/later", None)]
    later = make_repo(maker, "later")
    assert named(tuned) == [("maker/later", later)]
    repos.move(later, maker.namespace, "renamed", by=maker)
    assert named(tuned) == [("maker/later", later)]
    repos.delete(later, by=maker)
    assert named(tuned) == [("maker/later", None)]


def test_what_every_link_of_a_chain_asks_is_asked_and_circles_end(maker, outsider) -> None:
    for name, base in (("a", "maker/c"), ("b", "maker/a"), ("c", "maker/b")):
        make_repo(maker, name, files=card(base))
    make_repo(maker, "self", files=card("maker/self"))
    assert not BaseLink.objects.filter(repo__name="self").exists()
    first = Repo.objects.get(name="a")
    repos.settle(Repo.objects.get(name="c"), {"gated": "manual"}, by=maker)
    for name in "abc":
        asked = gate.requirements(Repo.objects.get(name=name), outsider)
        assert [row.repo.name for row in asked] == ["c"]
    assert named(first)[0][1] == Repo.objects.get(name="c")


def test_a_private_base_stays_the_name_that_the_card_gives_it(
    maker, outsider, client: Client
) -> None:
    """A probe: whoever guesses a name sees the same page, whether or not it is there."""
    secret = make_repo(maker, "secret", visibility="private")
    repos.settle(secret, {"gated": "manual"}, by=maker)
    probes = [make_repo(outsider, name, files=card(f"maker/{base}"))
              for name, base in (("hit", "secret"), ("gap", "nobody"))]  # fmt: skip
    repos.move(secret, maker.namespace, "codename", by=maker)
    pages = []
    for probe, base in zip(probes, ("secret", "nobody"), strict=True):
        assert named(probe, Actor(outsider)) == [(f"maker/{base}", None)]
        assert gate.requirements(probe, outsider) == []
        page = client.get(probe.path).content.decode()
        assert "codename" not in page
        assert f'href="/maker/{base}"' not in page
        pages.append(page.count(f"maker/{base}"))
    assert pages[0] == pages[1]
    assert named(probes[0], Actor(maker)) == [("maker/secret", secret)]


def test_derived_repos_that_are_private_are_shown_to_nobody_else(maker, outsider, client) -> None:
    base = make_repo(maker, "base")
    make_repo(outsider, "hidden-tune", files=card("maker/base"), visibility="private")
    make_repo(outsider, "open-tune", files=card("maker/base"))
    page = client.get(base.path).content.decode()
    assert "open-tune" in page
    assert "hidden-tune" not in page
