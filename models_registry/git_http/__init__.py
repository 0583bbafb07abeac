"""`git clone` and `git fetch` over smart HTTP: upload-pack, protocol v2, and v0 for old clients.

A pack is what the database holds, with headers in between: nothing is compressed anew but what is
kept whole in the content store. Sources: git's `gitprotocol-v2`, `gitprotocol-http`,
`gitprotocol-pack`.
"""
