"""Telling, in a commit's transaction, that a folder which others read has changed."""

from models_registry.models import Com, Repo
from models_registry.revisions import objects
from portal import jobs

RESULTS = ".eval_results"  # evaluation results, see `models_registry.results`
_READ = "models_registry.jobs.read_results"


def note_results(repo: Repo, com: Com) -> None:
    """Have the results of the default branch, now at `com`, read again where they changed."""
    entry = objects.tree(repo.pk, com.tree).get(RESULTS)
    oid = entry[1] if entry else ""
    if Repo.objects.filter(pk=repo.pk).exclude(results_oid=oid).update(results_oid=oid):
        jobs.enqueue(_READ, f"{repo.pk}:{com.oid}", {"repo": repo.pk})
