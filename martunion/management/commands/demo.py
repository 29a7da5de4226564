"""`python manage.py demo`, which is what `make run` runs: the whole platform in one terminal."""

import errno
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from martunion import child, embedded
from martunion.demo.answering import keys_of_programs
from martunion.demo.connecting import write_connector
from martunion.demo.load import SIGN_INS, load_demo
from martunion.supervisor import Ended, Supervisor

PATIENCE = 180.0


class Command(BaseCommand):
    """Servers, migrations, demo unions, then web, worker and beat until Ctrl-C."""

    help = "Start everything on this machine. PORT, HOST, DATA and DEMO=0 in the environment change what is started."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, start, tell the address, and stay until something ends."""
        if "MAKELEVEL" in os.environ:
            # A killed `make` cannot tell us; the kernel can.
            child.die_with_parent(signal.SIGTERM)
        host = os.environ.get("HOST") or "127.0.0.1"
        port = free_port(host, os.environ.get("PORT") or "8000")
        try:
            self.prepare()
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped before the site was up; `make run` goes on from here.", returncode=130
            ) from None
        self.serve(host, port)

    def prepare(self) -> None:
        """Bring translations, tables and the demo unions up to date."""
        call_command("translations", "compile")
        self.step("Bringing the database up to date …")
        call_command("migrate", interactive=False, verbosity=1)
        if demo_wanted():
            load_demo(now=timezone.now(), report=self.step)
        # The children open their own; a fork must not share these.
        connections.close_all()

    def serve(self, host: str, port: int) -> None:
        """Run the three processes; return after a wanted stop, raise CommandError after an unwanted end."""
        # A passkey belongs to a name, not to a number: this machine is shown by its name.
        address = f"http://{'localhost' if host in {'0.0.0.0', '127.0.0.1'} else host}:{port}"  # noqa: S104
        # Root is at home on its own laptop or container; Celery's warning is meant for servers.
        env = {"PYTHONWARNINGS": "ignore:You're running the worker", **os.environ, "PYTHONUNBUFFERED": "1"}
        env.setdefault("SITE_ADDRESS", address)
        supervisor = Supervisor(others=dict(embedded.owned.processes) if embedded.owned else {})
        supervisor.handle_signals()
        python = sys.executable
        schedule = str(settings.DATA_DIR / "celerybeat-schedule")
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        daphne = [python, "-m", "daphne", "-b", host, "-p", str(port), "martunion.asgi:application"]
        celery = [python, "-m", "celery", "-q", "-A", "martunion"]
        try:
            supervisor.start("web", daphne, env=env)
            supervisor.start("worker", [*celery, "worker", "--concurrency=2", "--loglevel=WARNING"], env=env)
            supervisor.start(
                "beat", [*celery, "beat", "--loglevel=WARNING", f"--schedule={schedule}", "--pidfile="], env=env
            )
            if demo_wanted():
                stores = keys_of_programs(folder=settings.DATA_DIR, now=timezone.now())
                write_connector(folder=settings.DATA_DIR, site=address, now=timezone.now())
                connections.close_all()
                bot = [python, "examples/bot/bot.py", "--site", address, "--stores", str(stores)]
                supervisor.start("bot", bot, env=env)
            limit = time.monotonic() + PATIENCE
            supervisor.run(until=lambda: answers(address) or time.monotonic() > limit)
            if not supervisor.stopping:
                # Asked once: whoever dies between two questions is named by the next run().
                if time.monotonic() > limit:
                    raise Ended(
                        f"The site did not answer at {address} within {PATIENCE:.0f} seconds; see its lines above."
                    )
                self.welcome(supervisor, address)
            supervisor.run()
            supervisor.say("\nStopping …")
        except Ended as end:
            raise CommandError(
                f"\n{end}\nThe rest was stopped too and the data is safe. `make run` starts it again."
            ) from end
        finally:
            supervisor.stop()

    def welcome(self, supervisor: Supervisor, address: str) -> None:
        """Tell where the site is and who can sign in."""
        lines = ["", f"  martunion is ready: {address}/", ""]
        if demo_wanted():
            lines.append("  Sign in as")
            lines += [
                f"    {role:<28} {email:<34} {password}   {address}{path}" for role, email, password, path in SIGN_INS
            ]
            lines += [
                "",
                "  `make connector` in a second terminal lets a shop's own stock list answer (docs/connector.md)",
                "",
            ]
        lines += [
            f"  Mail that the platform sends lies in {settings.DATA_DIR / 'mail'}",
            "  Ctrl-C stops everything.",
            "",
        ]
        for line in lines:
            supervisor.say(line)

    def step(self, line: str) -> None:
        """One line of progress."""
        self.stdout.write(line)
        self.stdout.flush()


def demo_wanted() -> bool:
    """Whether the demo unions are to be loaded: unless DEMO=0."""
    return os.environ.get("DEMO", "1") != "0"


def free_port(host: str, wanted: str) -> int:
    """The port as a number, if the site can listen there. Raises CommandError with what to do instead."""
    if not wanted.isdigit() or not 0 < int(wanted) < 65536:
        raise CommandError(f"PORT={wanted} is not a port: give a number from 1024 to 65535, such as PORT=8010 make run")
    port = int(wanted)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                reason = f"Port {port} is taken by another program."
            else:
                reason = f"The site cannot listen on {host}:{port} ({error.strerror})."
            other = 8010 if port != 8010 else 8020
            raise CommandError(f"{reason} Choose another one: PORT={other} make run") from error
    return port


def answers(address: str) -> bool:
    """Whether the site says that it and its servers are ready."""
    request = urllib.request.Request(f"{address}/readyz")
    try:
        with urllib.request.urlopen(request, timeout=3) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False
