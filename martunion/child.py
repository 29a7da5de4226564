"""Start a child process that cannot outlive its parent.

Linux sends a child its death signal when the parent dies, whatever killed the parent (`kill -9` included).
PostgreSQL refuses to run as root, so root's children can be handed to another account on the way.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
SECBIT_NO_SETUID_FIXUP, SECBIT_KEEP_CAPS = 1 << 2, 1 << 4
CAP_DAC_OVERRIDE = 1
LINUX_CAPABILITY_VERSION_3 = 0x20080522

# Loaded before any fork: between fork and exec as little as possible may happen.
libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class CapabilityHeader(ctypes.Structure):
    """The kernel's `cap_user_header_t`."""

    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class CapabilityData(ctypes.Structure):
    """The kernel's `cap_user_data_t`; version 3 takes two of them."""

    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


@dataclass(frozen=True)
class Account:
    """The user and group that a child of root runs as."""

    user: int
    group: int


def die_with_parent(death_signal: int) -> None:
    """Ask the kernel to send this process `death_signal` when its parent dies; other systems than Linux cannot."""
    if libc is not None:
        libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)


def become(account: Account) -> None:
    """Turn this root process into `account`, still able to pass folders that only root may enter.

    A checkout under /root or in a home of mode 700 is the usual case, and opening those folders to everyone would
    be the wrong cure. So CAP_DAC_OVERRIDE is kept as an ambient capability. Where a container forbids that, the plain
    account remains, which suffices wherever the folders are open.
    """
    if libc is not None:
        libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS, 0, 0, 0)
    os.setgroups([])
    os.setgid(account.group)
    os.setuid(account.user)
    if libc is not None:
        data = (CapabilityData * 2)()
        data[0].effective = data[0].permitted = data[0].inheritable = 1 << CAP_DAC_OVERRIDE
        header = CapabilityHeader(LINUX_CAPABILITY_VERSION_3, 0)
        if libc.capset(ctypes.byref(header), data) == 0:
            libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def preparation(account: Account | None, death_signal: int) -> Callable[[], None]:
    """What the child does between fork and exec."""
    parent = os.getpid()

    def prepare() -> None:
        if account is not None:
            become(account)
        # After the change of account, which clears it.
        die_with_parent(death_signal)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return prepare


def spawn(
    command: Sequence[str | Path],
    *,
    death_signal: int,
    account: Account | None = None,
    env: Mapping[str, str] | None = None,
    output: int | IO[bytes] = subprocess.DEVNULL,
    cwd: Path | None = None,
) -> "subprocess.Popen[bytes]":
    """Start `command` in a session of its own: a Ctrl-C meant for the parent does not reach it.

    Call it from the main thread: the death signal follows the thread that forked.
    """
    return subprocess.Popen(  # noqa: S603  (commands are our own, never a user's)
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=env,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=preparation(account, death_signal),
    )


def stop(process: "subprocess.Popen[bytes]", *, steps: Sequence[tuple[int, float]]) -> None:
    """End `process`: each step is a signal and the seconds to wait for it; then the whole group is killed.

    The last kill takes grandchildren along, also those of a process that had already died.
    """
    for number, patience in steps:
        if process.poll() is not None:
            break
        process.send_signal(number)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
