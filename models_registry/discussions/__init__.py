"""Talking about a repo, and proposing changes to it: discussions and pull requests.

`finding` asks, `talking` and `merging` do; a commit for a pull request comes from `revisions`.
"""
