"""The Celery application. Tasks live in each app's tasks.py and take ids."""

import os
import signal
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from martunion.child import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "martunion.settings")

app = Celery("martunion")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def end_with_the_worker(**kwargs: Any) -> None:
    """A pool process goes when its worker is killed, instead of waiting for a job for ever."""
    die_with_parent(signal.SIGKILL)
