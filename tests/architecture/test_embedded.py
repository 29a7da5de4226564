"""The embedded servers: odd folders, leftovers of crashes, another user."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from martunion import child, embedded, server_files

NOBODY = child.Account(65534, 65534)


def servers_of(folder: Path) -> embedded.EmbeddedServers:
    servers = embedded.EmbeddedServers(folder, durable=False)
    assert servers.acquire()
    return servers


def test_servers_start_twice_on_the_same_folder_and_keep_the_data(tmp_path: Path):
    first = servers_of(tmp_path)
    first.start()
    with psycopg.connect(first.addresses["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        version = connection.execute("SHOW server_version_num").fetchone()[0]
    assert version.startswith("18")
    first.stop()
    assert not first.note.exists()
    second = servers_of(tmp_path)
    second.start()
    with psycopg.connect(second.addresses["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    assert redis.from_url(second.addresses["REDIS_URL"]).ping()
    second.stop()


@pytest.mark.parametrize("name", ["a folder with spaces & signs", "deep/" * 20 + "folder"])
def test_folder_that_no_socket_address_can_hold_works(tmp_path: Path, name: str):
    folder = tmp_path / name
    servers = servers_of(folder)
    servers.start()
    with psycopg.connect(servers.addresses["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert redis.from_url(servers.addresses["REDIS_URL"]).ping()
    servers.stop()


def test_leftovers_of_a_crash_are_cleared(tmp_path: Path):
    half_made = tmp_path / "postgres.new" / "cluster"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    servers = servers_of(tmp_path)
    servers.start()
    servers.stop()
    # A process id that belongs to a living process which is no server: this one.
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{tmp_path / 'postgres'}\n1\n5432\n\n\n\nready   \n")
    again = servers_of(tmp_path)
    again.start()
    assert server_files.read_pid(pid_file) == again.processes["PostgreSQL"].pid
    again.stop()


def test_orphaned_server_is_ended_before_the_next_start(tmp_path: Path):
    first = servers_of(tmp_path)
    first.start()
    orphan = first.processes["PostgreSQL"]
    # As if the owner had died and the kernel had told nobody.
    first.lock.close()
    second = servers_of(tmp_path)
    second.start()
    assert orphan.wait(5) is not None
    assert second.processes["PostgreSQL"].poll() is None
    second.stop()
    child.stop(first.processes["Redis"], steps=())


def test_folder_of_another_owner_is_attached_to_while_it_lives(tmp_path: Path):
    owner = servers_of(tmp_path)
    owner.start()
    other = embedded.EmbeddedServers(tmp_path)
    assert not other.acquire()
    assert other.wait_for_owner() == owner.addresses
    assert json.loads(owner.note.read_text())["owner"] == str(os.getpid())
    owner.stop()
    assert other.wait_for_owner() is None
    other.stop()


def test_folder_that_cannot_be_made_is_said_with_a_way_out(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(embedded.StartFailed, match="Choose another one: DATA="):
        embedded.EmbeddedServers(tmp_path / "file" / "data").acquire()


def test_cluster_of_another_version_is_refused(tmp_path: Path):
    cluster = tmp_path / "postgres"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("16\n")
    servers = servers_of(tmp_path)
    with pytest.raises(embedded.StartFailed, match="made by PostgreSQL 16, this is 18"):
        servers.start()
    assert (cluster / "PG_VERSION").read_text() == "16\n"


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become another user; the other tests ran as an ordinary one"
)
def test_ordinary_user_starts_servers_of_their_own(tmp_path: Path):
    folder = tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, NOBODY.user, NOBODY.group)
    code = (
        "import os, sys; from pathlib import Path; from martunion import embedded\n"
        "servers = embedded.EmbeddedServers(Path(sys.argv[1]), durable=False)\n"
        "assert servers.acquire(); servers.start(); print(os.geteuid(), *sorted(servers.addresses)); servers.stop()"
    )
    process = child.spawn(
        [sys.executable, "-c", code, folder],
        death_signal=signal.SIGKILL,
        account=NOBODY,
        output=subprocess.PIPE,
        cwd=embedded.BASE_DIR,
    )
    output, _ = process.communicate(timeout=60)
    assert output.decode().split() == ["65534", "DATABASE_URL", "REDIS_URL"], output
    assert (folder / "postgres").stat().st_uid == NOBODY.user


def test_root_leaves_the_servers_to_the_owner_of_the_folder(tmp_path: Path):
    if os.geteuid() != 0:
        pytest.skip("only root has the choice")
    os.chown(tmp_path, 12345, 12345)
    servers = servers_of(tmp_path)
    assert servers.server_account() == child.Account(12345, 12345)
    servers.stop()
    os.chown(tmp_path, 0, 0)
    assert servers.acquire()
    assert servers.server_account() == NOBODY
    servers.stop()
