"""What evaluations know about a person: what they submitted. Results stay, without the name."""

from typing import Any

from finetuning.evaluation.models import EvaluationRun
from finetuning.submissions.models import Submission
from portal import privacy
from portal.people.models import Person


def export(person: Person) -> dict[str, Any]:
    rows = Submission.objects.filter(submitted_by=person).select_related(
        "repo__namespace", "version__benchmark"
    )
    return {
        "submissions": [
            {
                "id": str(row.uuid),
                "repo": row.repo.full_name,
                "revision": row.revision,
                "benchmark": str(row.version),
            }
            for row in rows.order_by("pk")
        ]
    }


def erase(person: Person) -> None:
    """Cut the links to the person; safe to run twice."""
    Submission.objects.filter(submitted_by=person).update(submitted_by=None)
    EvaluationRun.objects.filter(cancelled_by=person).update(cancelled_by=None)


privacy.contribute("finetuning", export=export, erase=erase)
