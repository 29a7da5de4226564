"""Work that is done again and again by a fork, each time killed one statement later, until nobody kills it.

A program of its own calls `kill_again_and_again`: a fork of pytest would take its threads and servers along.
"""

import json
import os
import signal
import sys
from collections.abc import Callable

from django.db import connection
from django_scopes import scopes_disabled

Story = Callable[[], tuple[Callable[[], None], Callable[[], list[str]]]]
"""Makes a place of its own; gives the work, and what goes on as the next worker would and says what is wrong then."""


def do_until_killed(work: Callable[[], None], statements: int) -> bool:
    """Run the work in a fork that dies before its statement number `statements`; True when it died."""
    connection.close()
    child = os.fork()
    if child == 0:
        left = statements

        def count(execute, sql, params, many, context):
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(count):
                work()
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit("the worker failed by itself")
    return os.WIFSIGNALED(status)


def kill_again_and_again(story: Story) -> None:
    """Print one line of JSON: how many rounds, and what was wrong."""
    found: list[str] = []
    rounds = 0
    with scopes_disabled():
        killed = True
        while killed:
            work, wrong = story()
            killed = do_until_killed(work, rounds)
            found += [f"killed before statement {rounds}: {text}" for text in wrong()]
            rounds += 1
    sys.stdout.write(json.dumps({"rounds": rounds, "wrong": found}) + "\n")
