"""Governance for programs: the same rooms as the pages, described for OpenAPI.

`shapes` says what the answers look like, `asking` what every view does alike.
"""
