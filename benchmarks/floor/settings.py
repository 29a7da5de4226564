"""As little as Django runs with."""

import os
from pathlib import Path

from martunion.settings import database

DEBUG = False
SECRET_KEY = "floor"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "benchmarks.floor.pages"
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
DATABASES = {"default": database(os.environ["DATABASE_URL"])}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent],
    }
]
USE_TZ = True
USE_I18N = False
