"""The leaner server for sockets speaks as Daphne does: a real process, a real connection."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from martunion import child, embedded
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def served(application="martunion.asgi:application", *, ends_with=signal.SIGTERM, **environment):
    """The port of the server with an application, on the test's own database and Redis."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = os.environ["DATABASE_URL"].replace(f"/{embedded.DATABASE}?", f"/{connection.settings_dict['NAME']}?")
    process = child.spawn(
        [sys.executable, "-m", "martunion.swift", "--port", str(port), "--application", application],
        death_signal=signal.SIGKILL,
        env={**os.environ, "DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL, **environment},
        output=subprocess.DEVNULL,
        cwd=embedded.BASE_DIR,
    )
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    try:
        yield port
    finally:
        child.stop(process, steps=((ends_with, 10.0), (signal.SIGKILL, 5.0)))


@pytest.fixture
def swift():
    with served() as port:
        yield port


def closed_with(port: int, path: str, *sent: str) -> int:
    with connect(f"ws://127.0.0.1:{port}{path}", origin=f"http://127.0.0.1:{port}", open_timeout=60) as line:
        for text in sent:
            line.send(text)
        while True:
            try:
                line.recv(timeout=60)
            except ConnectionClosed as end:
                return end.rcvd.code if end.rcvd is not None else 1006


def test_a_socket_lives_and_ends_as_on_daphne(swift):
    UnionFactory(slug="harbour")
    with connect(f"ws://127.0.0.1:{swift}/ws/u/harbour/", origin=f"http://127.0.0.1:{swift}", open_timeout=60) as line:
        assert json.loads(line.recv(timeout=60))["union"] == "harbour"
        line.send('{"type": "ping"}')
        assert json.loads(line.recv(timeout=60)) == {"type": "pong"}
        line.send("no json")
        assert json.loads(line.recv(timeout=60))["code"] == "invalid"
    assert closed_with(swift, "/ws/u/nowhere/") == 4404
    assert closed_with(swift, "/ws/u/harbour/", "x" * 40_000) == 1009
    with urllib.request.urlopen(f"http://127.0.0.1:{swift}/healthz", timeout=30) as answer:
        assert answer.status == 200


def test_an_application_that_fails_closes_with_its_code():
    with served("tests.chat.failing:application") as port:
        assert closed_with(port, "/ws/u/harbour/") == 1011
