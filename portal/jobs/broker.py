"""The broker: which ones are fit, and the two messages we send it."""

import logging
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from celery import Celery

logger = logging.getLogger(__name__)

TASK = "portal.jobs.run"
REDIS = {"redis", "rediss", "redis+socket", "sentinel", "valkey", "valkeys"}
AMQP = {"amqp", "amqps", "pyamqp"}


@cache
def app() -> "Celery":
    """Return the Celery app, which the settings name: nothing here imports the composition root."""
    return import_string(settings.CELERY_APP)


def refusal(url: str) -> str:
    """Return why a broker is not fit to carry jobs, or an empty text if it is."""
    scheme = urlsplit(url).scheme
    if scheme in REDIS | AMQP:
        return ""
    if scheme in {"sqla+sqlite", "sqlite", "sqla", "db+sqlite", "filesystem", "file"}:
        return (
            f"The broker {scheme}:// keeps messages in SQLite or files: it carries a few jobs a "
            "second and never gives back those of a worker that was killed. "
            "Use Valkey, Redis or RabbitMQ (COMMONHOLD_BROKER_URL)."
        )
    return (
        f"The broker {scheme or 'without a scheme'}:// is not one that keeps messages for other "
        "processes. Use Valkey, Redis or RabbitMQ (COMMONHOLD_BROKER_URL)."
    )


def require_fit(url: str) -> str:
    """Return `url`, or refuse to start with the reason."""
    reason = refusal(url)
    if reason:
        raise ImproperlyConfigured(reason)
    return url


def message_priority(priority: int, url: str) -> int:
    """Translate ours (0 first, 9 last) to the broker's: Redis counts alike, RabbitMQ reversed."""
    bounded = max(0, min(9, priority))
    return 9 - bounded if urlsplit(url).scheme in AMQP else bounded


def send(pk: int, task_id: str, *, queue: str, priority: int) -> bool:
    """Send the one message that names a job; return whether the broker took it."""
    from kombu.exceptions import OperationalError

    try:
        app().send_task(
            TASK,
            args=[pk],
            task_id=task_id,
            queue=queue,
            priority=message_priority(priority, settings.BROKER_URL),
            retry=False,
        )
    except (OperationalError, OSError) as error:
        logger.warning("the broker does not answer: %s", error)
        return False
    return True


def revoke(task_id: str) -> None:
    """Ask workers to drop the message of a job that was cancelled; they may not hear it."""
    try:
        app().control.revoke(task_id)
    except Exception as error:  # best effort: the row already says that it is cancelled
        logger.info("could not revoke %s: %s", task_id, error)


def waiting(queue: str) -> int:
    """Return how many messages wait in a queue; raise the transport's error if it is away."""
    from amqp.exceptions import ChannelError

    with app().connection_for_read() as connection, connection.channel() as channel:
        try:
            declared = app().amqp.queues[queue](channel).queue_declare(passive=True)
        except ChannelError as error:
            if str(error.reply_code) == "404":  # a broker that lost everything lost the queue too
                return 0
            raise
        return int(declared.message_count)


@checks.register
def broker_is_fit(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    reason = refusal(settings.BROKER_URL)
    return [checks.Error(reason, id="portal.E022")] if reason else []
