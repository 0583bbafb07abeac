"""Sentences with places in them, filled when they are said: in the language that is active then.

`_("…%(name)s…") % {…}` is filled at once. A refusal is said twice by the Hub's doors: in English in
a header, in the person's language in the body.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import lazy

_filled = lazy(lambda sentence, said: str(sentence) % said, str)


def filled(sentence: object, said: Mapping[str, Any]) -> str:
    """Return `sentence` (a lazy translation) with its places filled, as lazily."""
    return _filled(sentence, dict(said))
