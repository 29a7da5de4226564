"""Plain HTTP in production: `gunicorn martunion.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "martunion.settings")

application = get_wsgi_application()
