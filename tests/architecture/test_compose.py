"""The production files as they are written: services, volumes, variables, the image, the proxy."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from martunion.embedded import BASE_DIR

COMPOSE = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ["migrate", "web", "sockets", "worker", "beat"]
BIN = Path(sys.executable).parent


def dockerfile() -> list[tuple[str, str]]:
    """Instructions of the Dockerfile in order, continued lines joined."""
    text = re.sub(r"\\\n", " ", (BASE_DIR / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def test_every_service_is_there_and_has_a_health_check():
    assert sorted(SERVICES) == ["beat", "database", "migrate", "proxy", "redis", "sockets", "turn", "web", "worker"]
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


KNOWN = set(
    "image build command environment volumes restart depends_on healthcheck read_only tmpfs security_opt cap_drop "
    "shm_size stop_grace_period deploy ports profiles network_mode".split()
)
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


def test_services_say_only_what_compose_understands():
    """The keys of the Compose specification that are used here, in the shapes that it gives them."""
    assert {key for key in COMPOSE if not key.startswith("x-")} == {"name", "services", "volumes"}
    for name, service in SERVICES.items():
        assert set(service) <= KNOWN, name
        assert {wait["condition"] for wait in service.get("depends_on", {}).values()} <= CONDITIONS
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        check = service["healthcheck"]
        assert check == {"disable": True} or check["test"][0] in ("CMD", "CMD-SHELL"), name
        for span in (check.get(key, "1s") for key in ("interval", "timeout", "start_period")):
            assert re.fullmatch(r"\d+(s|m)", span), (name, span)
        for key in ("command", "volumes", "tmpfs", "security_opt", "cap_drop", "ports"):
            assert all(isinstance(part, str) for part in service.get(key, [])), (name, key)
        for variable, value in service.get("environment", {}).items():
            assert value is None or isinstance(value, str), (name, variable)


def test_every_named_volume_exists():
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (BASE_DIR / source).exists(), (name, volume)


def test_every_variable_is_explained():
    used = set(re.findall(r"\$\{([A-Z_]+)", (BASE_DIR / "docker-compose.yml").read_text()))
    used |= {name for name, value in COMPOSE["x-app"]["environment"].items() if value is None}
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


def test_what_is_uploaded_lies_in_volumes_and_the_private_part_not_with_the_proxy():
    """The containers' own file system cannot be written to, and web and worker read each other's files."""
    image = dict(re.findall(r"([A-Z_]+)=(\S+)", " ".join(rest for word, rest in dockerfile() if word == "ENV")))
    places = "storages[name].location for name in ('default', 'papers', 'talk')"
    code = f"import json; from django.core.files.storage import storages; print(json.dumps([{places}]))"
    environment = {**os.environ, **image, "PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "martunion.settings"}
    asked = subprocess.run(
        [sys.executable, "-c", code], cwd=BASE_DIR, env={**environment, "DEBUG": "1"}, capture_output=True
    )
    assert json.loads(asked.stdout) == ["/media", "/private/papers", "/private/talk"], asked.stderr.decode()
    for name in OURS:
        assert {"media:/media", "private:/private"} <= set(SERVICES[name]["volumes"]), name
    assert [volume for volume in SERVICES["proxy"]["volumes"] if volume.startswith("private")] == []


def test_every_variable_of_the_settings_reaches_the_containers():
    """But for those that only a laptop or a test sets."""
    read = set()
    for path in ("martunion/settings.py", "deploy/gunicorn.conf.py"):
        read |= set(re.findall(r"os\.environ(?:\.get\(|\[)\"([A-Z_]+)\"", (BASE_DIR / path).read_text()))
    assert read - set(COMPOSE["x-app"]["environment"]) - image_variables() == {"DEBUG_PAGES", "BANK_LATE_SECONDS"}


def image_variables() -> set[str]:
    """Set in the image itself."""
    return {part.partition("=")[0] for word, rest in dockerfile() if word == "ENV" for part in rest.split()}
