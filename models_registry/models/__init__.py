"""All models of the registry: repos, git objects, stored content."""

from models_registry.models.access_requests import AccessRequest, Download, RequestState
from models_registry.models.content import Blob, GuestShare, RepoBlob, Upload
from models_registry.models.discussions import CommentVersion, Discussion, DiscussionEntry
from models_registry.models.git import Com, CommitParent, ComObj, Obj, PathDelta, Ref, Retained
from models_registry.models.likes import Like
from models_registry.models.repos import BaseLink, Repo, RepoRedirect, RepoTag
from models_registry.models.results import EvalResult
from models_registry.models.watching import Watch
from models_registry.models.xet import XetChunk, XetFile, XetFileXorb, Xorb, XorbSent

__all__ = [
    "AccessRequest",
    "BaseLink",
    "Blob",
    "Com",
    "ComObj",
    "CommentVersion",
    "CommitParent",
    "Discussion",
    "DiscussionEntry",
    "Download",
    "EvalResult",
    "GuestShare",
    "Like",
    "Obj",
    "PathDelta",
    "Ref",
    "Repo",
    "RepoBlob",
    "RepoRedirect",
    "RepoTag",
    "RequestState",
    "Retained",
    "Upload",
    "Watch",
    "XetChunk",
    "XetFile",
    "XetFileXorb",
    "Xorb",
    "XorbSent",
]
