"""What abandoned uploads leave behind goes away; what is under way stays."""

import os

import pytest

pytestmark = pytest.mark.django_db


def test_only_what_nobody_touched_for_a_day_is_swept():
    from models_registry import jobs
    from models_registry.storage import store

    store.incoming.mkdir(parents=True, exist_ok=True)
    old, new = store.incoming / "old", store.incoming / "new"
    for path in (old, new):
        path.write_bytes(b"part of a file")
    day_ago = old.stat().st_mtime - 25 * 3600
    os.utime(old, (day_ago, day_ago))
    assert jobs.sweep_uploads(None)["removed"] == 1
    assert not old.exists()
    assert new.exists()
    new.unlink()
