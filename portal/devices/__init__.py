"""Letting a program on another machine in: the device flow of OAuth (RFC 8628).

`ask` and `collect` are the program's, `waiting`, `approve` and `deny` the person's, in a browser;
`renew` gives the program a new access token before the one it has ends.
"""

from portal.devices.asking import ask, collect
from portal.devices.deciding import approve, deny, waiting
from portal.devices.renewing import renew

__all__ = ["approve", "ask", "collect", "deny", "renew", "waiting"]
