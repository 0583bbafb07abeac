"""Who may look at a job, and stop it.

| verb | creator | staff | anyone |
|---|---|---|---|
| see | yes | yes | no |
| cancel | yes | yes | no |
"""

from portal.access import Table, contribute
from portal.jobs.models import Job
from portal.people.models import Person

CREATOR, STAFF = "creator", "staff"


def roles(person: Person | None, job: Job) -> set[str]:
    if person is None:
        return set()
    found = {CREATOR} if job.created_by_id == person.pk else set()
    return found | ({STAFF} if person.is_staff else set())


JOB = Table(
    kind=Job,
    roles=roles,
    verbs={"see": frozenset({CREATOR, STAFF}), "cancel": frozenset({CREATOR, STAFF})},
    scopes={"see": "read"},
)
contribute(JOB)
