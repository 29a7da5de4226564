"""The production files, and the very commands that they contain, run against real servers."""

import os
import re
import secrets
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import yaml

from martunion import child
from martunion.embedded import BASE_DIR, DATABASE
from tests.site import free_port

COMPOSE = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ["migrate", "web", "sockets", "worker", "beat"]
BIN = Path(sys.executable).parent
pytestmark = pytest.mark.timeout(300)


def dockerfile() -> list[tuple[str, str]]:
    """Instructions of the Dockerfile in order, continued lines joined."""
    text = re.sub(r"\\\n", " ", (BASE_DIR / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def test_every_service_is_there_and_has_a_health_check():
    assert sorted(SERVICES) == ["beat", "database", "migrate", "proxy", "redis", "sockets", "web", "worker"]
    for name, service in SERVICES.items():
        assert "healthcheck" in service, name
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped"), name


def test_our_services_wait_for_the_migration_and_run_the_one_image():
    for name in OURS:
        assert SERVICES[name]["image"] == "martunion"
        waits = SERVICES[name]["depends_on"]
        assert {"database", "redis"} <= set(waits)
        if name != "migrate":
            assert waits["migrate"] == {"condition": "service_completed_successfully"}


def test_every_named_volume_exists():
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (BASE_DIR / source).exists(), (name, volume)


def test_every_variable_is_explained():
    used = set(re.findall(r"\$\{([A-Z_]+)", (BASE_DIR / "docker-compose.yml").read_text()))
    explained = set(re.findall(r"^([A-Z_]+)=", (BASE_DIR / "deploy/environment.example").read_text(), re.MULTILINE))
    assert used == explained


def test_proxy_keeps_its_headers_in_every_location():
    """nginx drops all inherited `proxy_set_header` lines in a location that has one of its own."""
    text = (BASE_DIR / "deploy/nginx.conf").read_text()
    server = text[text.index("server {\n    listen") :]
    locations = re.findall(r"location [^{]*\{([^}]*)\}", server)
    assert len(locations) == 6
    assert [block for block in locations if "proxy_set_header" in block] == []
    assert "proxy_set_header Host $http_host;" in server


def test_image_runs_as_an_ordinary_user_and_copies_what_exists():
    instructions = dockerfile()
    assert [rest for word, rest in instructions if word == "USER"] == ["martunion"]
    for word, rest in instructions:
        if word == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (BASE_DIR / source).exists(), source


def test_every_command_names_programs_and_files_that_exist():
    commands = [SERVICES[name]["command"] for name in OURS]
    commands += [SERVICES[name]["healthcheck"]["test"][1:] for name in ("web", "sockets")]
    for command in commands:
        assert (BIN / command[0]).exists() or command[0] == "sh", command
        for part in command[1:]:
            if part.startswith("deploy/"):
                assert (BASE_DIR / part).exists(), command


@pytest.fixture(scope="module")
def production(tmp_path_factory) -> Iterator[dict[str, str]]:
    """The environment of a container, with a fresh migrated database and collected files."""
    folder = tmp_path_factory.mktemp("production")
    address = os.environ["DATABASE_URL"]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE DATABASE production")
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
