"""Telling who watches, after the deed."""

from typing import Any

from models_registry.models import Com, Repo
from models_registry.watching import notices
from portal import jobs
from portal.licences.models import LicenceVersion
from portal.people.models import Person


@jobs.handler()
def tell_of_revision(run: jobs.Run) -> dict[str, Any] | None:
    """Tell of one commit; `payload` as `news.announce` writes it."""
    asked = run.payload
    repo = Repo.objects.select_related("namespace").filter(pk=asked["repo"]).first()
    if repo is None or asked["ref"] != repo.default_ref:
        return None
    com = Com.objects.filter(repo=repo, oid=asked["oid"]).select_related("author").first()
    return {"told": len(notices.new_revision(repo, com))} if com is not None else None


@jobs.handler()
def tell_of_licence(run: jobs.Run) -> dict[str, Any] | None:
    """Tell of the licence that a repo has now; `payload`: repo and who changed it."""
    repos = Repo.objects.select_related("namespace", "licence__licence")
    repo = repos.filter(pk=run.payload["repo"]).first()
    by = Person.objects.filter(pk=run.payload["by"]).first()
    return {"told": len(notices.new_licence(repo, by=by))} if repo is not None else None


@jobs.handler()
def tell_of_version(run: jobs.Run) -> dict[str, Any] | None:
    """Tell of a licence's new version; `payload` as `portal.licences.news` writes it."""
    version = LicenceVersion.objects.with_document().filter(pk=run.payload["version"]).first()
    return {"told": len(notices.new_version(version))} if version is not None else None
