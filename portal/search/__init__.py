"""Finding things: models, people, norms, licences, whatever apps contribute.

`index` and `remove` are called in the deed's own transaction, so that what is private is never
found a moment longer than it should; `contribute` tells how to write an app's entries anew.
"""

from portal.search import tables as _tables  # noqa: F401 - puts the index in place
from portal.search.finding import find, reader_keys
from portal.search.indexing import (
    KINDS,
    PUBLIC,
    Entry,
    contribute,
    index,
    index_entry,
    rebuild,
    remove,
)
from portal.search.narrowing import narrow

__all__ = [
    "KINDS",
    "PUBLIC",
    "Entry",
    "contribute",
    "find",
    "index",
    "index_entry",
    "narrow",
    "reader_keys",
    "rebuild",
    "remove",
]
