"""The Celery app: `celery -A portal.site.celery worker -Q default,cpu` and `… beat`.

Celery only carries primary keys (see portal.jobs), so a message may be lost or come twice: what
counts stands in the Job table. It takes nothing over from Django: no logging, no result backend.
"""

import os

import django
from celery import Celery
from django.apps import apps
from django.conf import settings
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.site.settings")
if not apps.ready:  # `celery -A` begins here; the web process comes with its apps loaded
    django.setup()

from portal.jobs.broker import require_fit
from portal.jobs.handlers import QUEUES

DAY = 24 * 3600

app = Celery("commonhold")
app.conf.update(
    broker_url=require_fit(settings.BROKER_URL),
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=2,
    broker_transport_options={
        # Above the longest task: a shorter one would deliver a running task a second time. What a
        # killed worker held comes back earlier, by the sweep.
        "visibility_timeout": DAY,
        "unacked_restore_throttle": 1,
        "queue_order_strategy": "priority",
        "priority_steps": list(range(10)),
        "socket_connect_timeout": 2,
        "socket_timeout": 30,
        "retry_on_timeout": False,
        # A deed does not wait for a broker that is away: what was not sent, the sweep sends.
        "max_retries": 1,
        "interval_start": 0,
    },
    imports=["portal.jobs.tasks"],
    task_queues=[Queue(name, queue_arguments={"x-max-priority": 9}) for name in QUEUES],
    task_default_queue="default",
    task_create_missing_queues=False,
    task_default_priority=5,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_send_task_events=False,
    beat_scheduler="portal.jobs.beat:LeasedScheduler",
    beat_max_loop_interval=1,
    timezone="UTC",
)
