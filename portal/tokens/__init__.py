"""Access tokens: credentials for clients, each of one person.

`issue`, `authenticate`, `revoke`, `revoke_all`, `report_leaked`.
"""

from portal.tokens.room import authenticate, issue, report_leaked, revoke, revoke_all

__all__ = ["authenticate", "issue", "report_leaked", "revoke", "revoke_all"]
