"""A container's health check: `python deploy/healthcheck.py [port] [path]` ends with 0 when the process answers 200."""

import sys
import urllib.request


def main() -> int:
    """Ask once."""
    port = sys.argv[1] if len(sys.argv) > 1 else "8000"
    path = sys.argv[2] if len(sys.argv) > 2 else "/readyz"
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=4) as response:
            return 0 if response.status == 200 else 1
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
