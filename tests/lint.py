"""`make lint`: every check that needs no test. All of them run, so that one run shows everything to mend."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]


def checks() -> list[tuple[str, list[str], dict[str, str]]]:
    """Name, command and additional environment of each check."""
    production = {"DEBUG": "0", "SECRET_KEY": secrets.token_urlsafe(60), "ALLOWED_HOSTS": "union.example"}
    found: list[tuple[str, list[str], dict[str, str]]] = [
        ("format", [f"{BIN}/ruff", "format", "--check", "."], {}),
        ("lint", [f"{BIN}/ruff", "check", "."], {}),
        ("layers", [f"{BIN}/lint-imports"], {"PYTHONPATH": "connector"}),
        ("types", [f"{BIN}/mypy", "."], {}),
        ("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"], {}),
        ("deployment", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], production),
    ]
    if (ROOT / "templates").exists():
        found.insert(4, ("templates", [f"{BIN}/djlint", "templates", "--lint", "--quiet"], {}))
    if (ROOT / "locale").exists():
        found.append(("translations", [*MANAGE, "translations", "check"], {}))
    return found


def main() -> int:
    """Run all; 1 when any failed."""
    sys.path.insert(0, str(ROOT))
    from martunion import embedded

    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    failed = []
    with tempfile.TemporaryDirectory(prefix="martunion-lint-") as folder:
        servers = embedded.EmbeddedServers(Path(folder), durable=False)
        servers.acquire()
        servers.start()
        try:
            for name, command, more in checks():
                started = time.monotonic()
                environment = {**os.environ, **servers.addresses, "DATA": folder, **more}
                result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
                print(
                    f"{'ok    ' if result.returncode == 0 else 'FAILED'} {name:<13} {time.monotonic() - started:5.1f} s"
                )
                if result.returncode != 0:
                    failed.append(name)
                    print(result.stdout + result.stderr)
        finally:
            servers.stop()
    if failed:
        print(f"To mend: {', '.join(failed)}. `make format` mends the first two where it can.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
