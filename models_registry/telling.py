"""What the readers of formats found, in the language of whoever reads it."""

from django.utils.functional import lazy
from django.utils.translation import gettext

from models_registry.formats.sentences import Facts, all_told

_lazily = lazy(all_told, str)


def told(*parts: str | Facts) -> str:
    """Return sentences, by their facts, and text in no language of ours, as a lazy translation."""
    return _lazily(parts, gettext)
