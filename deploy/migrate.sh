#!/bin/sh
# Before a new version serves: its tables, its files, its translations. Safe to repeat.
set -eu
python manage.py migrate --noinput
python manage.py collectstatic --noinput --verbosity 0
python manage.py check --deploy --fail-level WARNING
