"""Run several processes in one terminal, with a name before each line, and end them together.

Policy: a process that ends stops all of them, with a sentence and a failure code. Restarting it silently would hide
the fault from the only person who can see it; `make run` again is one command. (In production the container runtime
restarts each on its own.)
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from martunion import child
from martunion.embedded import BASE_DIR

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(Exception):
    """A process ended although it should have gone on; the message says which and how."""


def how_it_ended(code: int) -> str:
    """A return code in words: "with code 3", "by SIGKILL"."""
    return f"with code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"


@dataclass
class Supervisor:
    """Children by name, their output, and their common end.

    `others` are processes watched but not started or stopped here (the embedded servers).
    """

    others: Mapping[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    children: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    partial: dict[str, bytes] = field(default_factory=dict)
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    stopping: bool = False
    # How long the children may take to end when asked, in seconds.
    patience: float = 10.0

    def start(self, name: str, command: Sequence[str], *, env: Mapping[str, str]) -> None:
        """Start one child in the checkout. It keeps no data, so a killed supervisor takes it along by SIGKILL."""
        process = child.spawn(command, death_signal=signal.SIGKILL, env=env, output=subprocess.PIPE, cwd=BASE_DIR)
        if process.stdout is None:
            raise RuntimeError("a child was started without a pipe")
        os.set_blocking(process.stdout.fileno(), False)
        self.children[name] = process
        self.partial[name] = b""
        self.selector.register(process.stdout, selectors.EVENT_READ, name)

    def handle_signals(self) -> None:
        """Ctrl-C, a termination and a closed terminal ask run() to return."""

        def ask_to_stop(number: int, frame: FrameType | None) -> None:
            self.stopping = True

        for number in STOP_SIGNALS:
            signal.signal(number, ask_to_stop)

    def run(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Pass output on until `until()` or a signal says stop. Raises Ended when a process is gone."""
        while not self.stopping and not until():
            self.pass_output_on(0.2)
            for name, process in (*self.children.items(), *self.others.items()):
                code = process.poll()
                if code is not None and not self.stopping:
                    self.pass_output_on(0)
                    raise Ended(f"{name} ended unexpectedly, {how_it_ended(code)}.")

    def pass_output_on(self, patience: float) -> None:
        """Print whole lines of what the children wrote, each with its name."""
        for key, _ in self.selector.select(patience):
            name = str(key.data)
            try:
                chunk = os.read(key.fd, 65536)
            except BlockingIOError:
                continue
            if not chunk:
                self.selector.unregister(key.fileobj)
                continue
            *lines, self.partial[name] = (self.partial[name] + chunk).split(b"\n")
            for line in lines:
                self.say(f"{name:<6} | {line.decode(errors='replace')}")

    def say(self, line: str) -> None:
        """Print a line; a terminal that is gone is a reason to stop, not to fail."""
        try:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except OSError:
            self.stopping = True
            # Python would try once more at exit and complain.
            with contextlib.suppress(OSError):
                sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123

    def stop(self) -> None:
        """End all children: ask all first, then wait for each, then kill each one's whole group."""
        for process in self.children.values():
            if process.poll() is None:
                process.terminate()
        limit = time.monotonic() + self.patience
        while time.monotonic() < limit and any(process.poll() is None for process in self.children.values()):
            self.pass_output_on(0.05)
        for process in self.children.values():
            child.stop(process, steps=())
            if process.stdout is not None:
                process.stdout.close()
        self.children.clear()
        self.selector.close()
