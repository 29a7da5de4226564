"""Plain HTTP in production; sockets go to Daphne (see deploy/nginx.conf)."""

import os
from typing import Any

from prometheus_client import multiprocess

bind = "0.0.0.0:8000"
workers = int(os.environ.get("WEB_WORKERS", "2"))
# The proxy in front keeps clients' connections; a worker is never held up by a slow one.
keepalive = 5
timeout = 60
graceful_timeout = 30
# A worker is renewed now and then, not all at once: memory cannot creep up for ever.
max_requests = 20_000
max_requests_jitter = 2_000
accesslog = "-"
# A beat file on disk can block on a busy disk.
worker_tmp_dir = "/dev/shm"  # noqa: S108  (gunicorn makes an unguessable name there)


def child_exit(server: Any, worker: Any) -> None:
    """Forget a gone worker's gauges."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.mark_process_dead(worker.pid)
