"""What the registry knows about a person: repos they made, files they sent, access they asked for.

Commits carry an opaque id and are left as they are; the link from it to the person is cut.
"""

from typing import Any

from models_registry.models import AccessRequest, Com, Repo, RepoBlob
from portal import privacy
from portal.people.models import Person


def export(person: Person) -> dict[str, Any]:
    """Return names, times and answers; contents are downloaded with the stock client."""
    repos = Repo.objects.filter(created_by=person).select_related("namespace")
    sent = RepoBlob.objects.filter(pushed_by=person).select_related("repo__namespace", "blob")
    asked = AccessRequest.objects.filter(person=person).select_related("repo__namespace")
    return {
        "repos": [
            {
                "name": repo.full_name,
                "kind": repo.kind,
                "visibility": repo.visibility,
                "created_at": repo.created_at.isoformat(),
            }
            for repo in repos.order_by("pk")
        ],
        "commits": Com.objects.filter(author=person).count(),
        "large_files": [
            {
                "repo": row.repo.full_name,
                "sha256": row.blob_id,
                "size": row.blob.size,
                "sent_at": row.pushed_at.isoformat(),
            }
            for row in sent.order_by("pk").iterator()
        ],
        "access_requests": [
            {
                "repo": request.repo.full_name,
                "state": request.state,
                "asked_at": request.asked_at.isoformat(),
                "answers": request.fields,
                "reason": request.reason,
            }
            for request in asked.order_by("pk")
        ],
    }


def erase(person: Person) -> None:
    """Cut the links to the person; safe to run twice."""
    AccessRequest.objects.filter(person=person).delete()
    Com.objects.filter(author=person).update(author=None)
    RepoBlob.objects.filter(pushed_by=person).update(pushed_by=None)


privacy.contribute("registry", export=export, erase=erase)
