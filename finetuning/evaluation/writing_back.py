"""A result goes back into its repo as one file in one commit of the evaluation account.

The commit is *appended*: it sets nothing off, and an owner who names the commit before it as the
parent of their next one is not turned away.
"""

import yaml
from django.conf import settings

from finetuning.evaluation import attesting
from finetuning.evaluation.models import EvaluationRun
from models_registry import revisions
from models_registry.revisions.noting import RESULTS
from portal.people.models import Person

# A reserved handle: nobody can register it, and the account has no password and no mail.
ACCOUNT = "evaluation"


def account() -> Person:
    """Return the account in whose name results are written; it cannot sign in."""
    person, created = Person.objects.get_or_create(
        username=ACCOUNT,
        defaults={
            "email": "evaluation@invalid",
            "display_name": "Evaluation",
            "is_active": False,
        },
    )
    if created:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    return person


def path(run: EvaluationRun) -> str:
    return f"{RESULTS}/{run.submission.version.benchmark.slug}.yaml"


def content(run: EvaluationRun) -> bytes:
    """Return the file: the headline metric as the Hub's clients read it, the rest as notes."""
    version = run.submission.version
    scores = {score.metric: score for score in run.scores.all()}
    headline = scores[version.benchmark.headline]
    entry = {
        "dataset": {"id": version.benchmark.slug, "task_id": version.split},
        "value": headline.value,
        "verifyToken": attesting.token(run),
        "date": f"{run.ended_at:%Y-%m-%d}",
        "source": {
            "url": settings.PUBLIC_URL + run.get_absolute_url(),
            "name": settings.SITE_NAME,
        },
        "notes": f"{headline.metric}, 95 % interval {headline.low:.4f} to {headline.high:.4f}",
        "metric": headline.metric,
        "interval": [headline.low, headline.high],
        "metrics": {name: score.value for name, score in scores.items()},
        "version": version.number,
        "revision": run.submission.revision,
    }
    text = yaml.safe_dump([entry], allow_unicode=True, sort_keys=False)
    return str(text).encode()


def write(run: EvaluationRun) -> str:
    """Commit the result on the default branch and return the commit; "" where it has no place.

    A revision that is not on the default branch gets its score on the board only. Writing the same
    result twice makes no second commit.
    """
    repo = run.submission.repo
    if not revisions.resolve(repo, run.submission.revision).on_default:
        return ""
    committed = revisions.commit(
        repo,
        author=account(),
        operations=[revisions.AddFile(path(run), content(run))],
        summary=f"Add the evaluation result on {run.submission.version}",
        description=settings.PUBLIC_URL + run.get_absolute_url(),
        ref=repo.default_ref,
        appended=True,
    )
    EvaluationRun.objects.filter(pk=run.pk).update(written_oid=committed.oid)
    return committed.oid
