"""Production settings without the redirect to TLS: no proxy stands before the benchmarked server."""

import os

os.environ |= {
    "DEBUG": "0",
    "SECRET_KEY": "of-the-benchmark-and-long-enough-for-the-checks-of-django",
    "ALLOWED_HOSTS": "127.0.0.1",
}

from martunion.settings import *  # noqa: F403

SECURE_SSL_REDIRECT = False
# collectstatic has not run.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
