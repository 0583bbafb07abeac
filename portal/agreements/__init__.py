"""What people agreed to: documents with immutable texts, and the record of each acceptance.

The room's deeds, for every door and every app above:
`outstanding`, `accept`, `has_accepted`, `withdraw`, and the refusal `NotAccepted`.
"""

from portal.agreements.refusals import NotAccepted
from portal.agreements.room import (
    accept,
    accepted_versions,
    has_accepted,
    outstanding,
    require_site_documents,
    site_documents_due,
    site_documents_missing,
    withdraw,
)

__all__ = [
    "NotAccepted",
    "accept",
    "accepted_versions",
    "has_accepted",
    "outstanding",
    "require_site_documents",
    "site_documents_due",
    "site_documents_missing",
    "withdraw",
]
