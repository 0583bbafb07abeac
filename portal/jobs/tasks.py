"""The one Celery task: a primary key in, the job done. Everything else is the job's row."""

from celery import shared_task

from portal.jobs.broker import TASK
from portal.jobs.running import execute


@shared_task(name=TASK, acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def run(pk: int) -> None:
    execute(pk)
