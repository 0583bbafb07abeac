"""Each test has a content store of its own, and no memory of objects of the test before."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from models_registry.storage import LocalStore


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> "Iterator[LocalStore]":
    # Imported here: this file may be loaded before Django is set up.
    from models_registry.revisions import objects
    from models_registry.storage import store as the_store

    before = the_store.root
    the_store.root = tmp_path / "content"
    objects.forget()
    yield the_store
    the_store.root = before
