#!/usr/bin/env python
"""Django's command line. Without DATABASE_URL and REDIS_URL it uses the embedded servers of the data folder."""

import os
import sys

# They read no data: no server is started for them.
WITHOUT_SERVERS = {"", "help", "--help", "-h", "version", "--version", "collectstatic", "translations", "spectacular"}


def main() -> None:
    """Complete the environment, then hand over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "martunion.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    in_production = os.environ.get("DEBUG", "1") != "1"
    asks_for_help = "--help" in sys.argv or "-h" in sys.argv
    if command not in WITHOUT_SERVERS and not in_production and not asks_for_help:
        from martunion import embedded

        try:
            embedded.provide(exclusive=command == "demo", report=lambda line: print(line, file=sys.stderr, flush=True))
        except embedded.StartFailed as failure:
            sys.exit(f"\n{failure}\n")

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
