"""What the help page says of the foundation: accounts, agreements, one's own data."""

from collections.abc import Sequence
from typing import Any

from portal.access import Actor
from portal.panels import Contexts, panel


@panel("help", 10, template="home/help_account.html")
def account(objects: Sequence[Any], actor: Actor) -> Contexts:
    return {None: {}}


@panel("help", 90, template="home/help_data.html")
def data(objects: Sequence[Any], actor: Actor) -> Contexts:
    return {None: {}}
