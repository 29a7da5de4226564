"""Several processes in one terminal."""

import os
import signal
import sys
import time

import pytest

from martunion.embedded import BASE_DIR
from martunion.server_files import runs_in
from martunion.supervisor import Ended, Supervisor


def test_lines_carry_the_name_and_a_split_line_stays_whole(capsys):
    supervisor = Supervisor()
    code = (
        "import sys, time; print('one', flush=True)\n"
        "sys.stdout.write('tw'); sys.stdout.flush(); time.sleep(.3); print('o')"
    )
    supervisor.start("web", [sys.executable, "-c", code], env=os.environ)
    with pytest.raises(Ended, match=r"web ended unexpectedly, with code 0\."):
        supervisor.run()
    supervisor.stop()
    assert capsys.readouterr().out.splitlines() == ["web    | one", "web    | two"]


def test_stop_takes_grandchildren_and_the_deaf_along():
    supervisor = Supervisor()
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    said: list[str] = []
    supervisor.say = said.append  # type: ignore[method-assign]
    supervisor.start("deaf", [sys.executable, "-c", code], env=os.environ)
    supervisor.run(until=lambda: bool(said))
    grandchild = int(said[0].split("|")[1])
    supervisor.patience = 0.5
    supervisor.stop()
    limit = time.monotonic() + 5
    while runs_in(grandchild, BASE_DIR) and time.monotonic() < limit:
        time.sleep(0.02)
    assert not runs_in(grandchild, BASE_DIR)


def test_signal_ends_the_run_without_a_failure():
    supervisor = Supervisor()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    supervisor.handle_signals()
    try:
        supervisor.start("web", [sys.executable, "-c", "import time; time.sleep(600)"], env=os.environ)
        os.kill(os.getpid(), signal.SIGHUP)
        supervisor.run()
    finally:
        supervisor.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
    assert supervisor.stopping
