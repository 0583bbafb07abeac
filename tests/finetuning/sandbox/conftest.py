"""Every mechanism of this machine is held to the same promises."""

import pytest

from finetuning.sandbox import Mechanism
from finetuning.sandbox.mechanisms import Namespaces, candidates, probe


def _id(mechanism: Mechanism) -> str:
    path = str(getattr(mechanism, "path", ""))
    return f"{mechanism.name}-{'wheel' if 'site-packages' in path else 'system'}"


@pytest.fixture(params=candidates(), ids=_id)
def mechanism(request: pytest.FixtureRequest) -> Mechanism:
    found: Mechanism = request.param
    complaint = probe(found)
    if complaint and isinstance(found, Namespaces):
        pytest.skip(complaint)
    assert not complaint
    return found
