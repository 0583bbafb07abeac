"""Ours agrees with counters that others wrote, on 10,000 random profiles a method."""

import subprocess

import pytest

from portal.site.launch.places import PEERS, ROOT
from tests.governance.tally.peers import METHODS, PROFILES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PEERS.exists(), reason="`./commonhold test --full` installs the peers"),
]


@pytest.mark.parametrize("method", METHODS)
def test_others_count_the_same(method: str) -> None:
    words = [str(PEERS), "-m", "tests.governance.tally.peers", method]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"{PROFILES} profiles counted alike" in done.stdout
