#!/bin/sh
# Make .venv and install one lock file into it: `sh requirements/install.sh local|development`.
# Nothing is done when that lock, or the development lock that contains it, is already installed.
set -eu
cd "$(dirname "$0")/.."
lock="requirements/$1.txt"

suits() { command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

if ! suits .venv/bin/python; then
    if [ -L .venv ]; then
        echo ".venv is a link to $(readlink .venv), where no Python 3.11 or newer works. Mend or remove the link." >&2
        exit 1
    fi
    python=""
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3.14; do
        if suits "$candidate"; then python="$candidate"; break; fi
    done
    if [ -z "$python" ]; then
        echo "martunion needs Python 3.11 or newer; found: $(python3 --version 2>&1 || echo none)." >&2
        echo "Install it (Debian, Ubuntu: apt install python3 python3-venv), or name one: PYTHON=/path/to/python3.12 make run" >&2
        exit 1
    fi
    echo "Making .venv with $("$python" --version) …"
    if ! "$python" -m venv --clear .venv; then
        echo "Python's venv module is missing (Debian, Ubuntu: apt install python3-venv). Then run the same command again." >&2
        exit 1
    fi
fi

for installed in "$1" development; do
    if cmp -s "requirements/$installed.txt" ".venv/installed-$installed.txt"; then exit 0; fi
done
echo "Installing $lock into .venv (once; a minute or two) …"
if ! .venv/bin/python -m pip install --disable-pip-version-check --no-input --quiet --progress-bar on \
    --require-hashes -r "$lock"; then
    echo "The packages could not be installed: see pip's message above. Check the network and run the same command again." >&2
    exit 1
fi
cp "$lock" ".venv/installed-$1.txt"
