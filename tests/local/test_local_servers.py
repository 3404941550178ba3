"""The embedded servers themselves, in folders of their own."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import kombu
import psycopg
import pytest
import redis

from ppob.local import binaries, paths, postgres, processes, testing, valkey

pytestmark = pytest.mark.processes


@pytest.fixture
def cluster(data_dir):
    return postgres.prepare(for_tests=True)


@pytest.fixture
def server(cluster):
    program = postgres.program(cluster)
    process = processes.spawn(program)
    processes.wait_until_ready(program, process)
    postgres.ensure_roles(cluster)
    yield process
    processes.stop(program, process)


@pytest.mark.parametrize(
    ("gigabytes", "buffers", "cached"),
    [(0.25, 64, 128), (1, 128, 512), (4, 512, 2048), (64, 1024, 32768)],
)
def test_the_server_uses_what_fits_the_machine(gigabytes, buffers, cached):
    assert postgres.memory_settings(int(gigabytes * 2**30)) == {
        "shared_buffers": f"{buffers}MB",
        "effective_cache_size": f"{cached}MB",
    }


def execute(dsn, statement):
    with psycopg.connect(dsn) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_committed_rows_survive_a_kill_of_the_server(cluster, server):
    owner = paths.database_url("owner")
    execute(owner, "CREATE TABLE sold AS SELECT generate_series(1, 1000) AS code")

    os.kill(server.pid, signal.SIGKILL)
    server.wait()
    program = postgres.program(cluster)
    again = processes.spawn(program)
    try:
        processes.wait_until_ready(program, again)
        rows = execute(owner, "SELECT count(*) FROM sold")
    finally:
        processes.stop(program, again)

    assert rows == [(1000,)]


def test_a_pid_file_whose_number_is_somebody_elses_does_not_stop_the_start(cluster):
    pid_file = cluster.folder / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{cluster.folder}\n")
    program = postgres.program(cluster)

    process = processes.spawn(program)
    try:
        processes.wait_until_ready(program, process)
    finally:
        processes.stop(program, process)

    assert process.returncode == 0


@pytest.mark.usefixtures("server")
def test_the_products_roles_cannot_bypass_row_security():
    rows = execute(
        paths.superuser_dsn(),
        "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb FROM pg_roles"
        " WHERE rolname LIKE 'ppob_%' ORDER BY 1",
    )

    assert rows == [
        ("ppob_app", False, False, False),
        ("ppob_owner", False, False, True),
        ("ppob_platform", False, False, False),
    ]


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("database", ["ppob", "test_ppob"])
def test_only_the_owner_creates_tables_and_the_others_write_rows(database):
    owner = paths.database_url("owner", database)
    if database != "ppob":
        with psycopg.connect(paths.database_url("owner"), autocommit=True) as server:
            server.execute("CREATE DATABASE test_ppob")
    execute(owner, "CREATE TABLE product (id serial, name text)")

    for role in ("app", "platform"):
        url = paths.database_url(role, database)
        execute(url, "INSERT INTO product (name) VALUES ('Pulsa 10.000')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute(url, "CREATE TABLE mine (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute(url, "DROP TABLE product")

    assert execute(owner, "SELECT count(*) FROM product") == [(2,)]


@pytest.mark.usefixtures("server")
def test_text_sorts_by_code_point_and_pages_are_checked(cluster):
    rows = execute(
        paths.superuser_dsn("ppob"),
        "SELECT datlocprovider::text, datlocale, current_setting('data_checksums')"
        " FROM pg_database WHERE datname = 'ppob'",
    )

    assert rows == [("b", "C.UTF-8", "on")]


@pytest.mark.usefixtures("server")
def test_the_server_listens_in_a_private_folder_and_nowhere_else():
    mode = stat.S_IMODE(paths.runtime_dir().stat().st_mode)

    assert mode == 0o700
    assert execute(paths.superuser_dsn(), "SHOW listen_addresses") == [("",)]


def test_jobs_survive_a_kill_of_valkey(data_dir):
    program = valkey.program()
    client = redis.Redis.from_url(paths.redis_url(0))
    process = processes.spawn(program)
    processes.wait_until_ready(program, process)
    client.rpush("celery", "a job")
    client.waitaof(1, 0, 5000)

    process.kill()
    process.wait()
    process = processes.spawn(program)
    try:
        processes.wait_until_ready(program, process)
        assert client.lrange("celery", 0, -1) == [b"a job"]
    finally:
        processes.stop(program, process)


@pytest.mark.parametrize(("is_durable", "fsync"), [(False, "off"), (True, "on")])
def test_a_test_run_starts_both_servers_and_removes_every_trace(
    data_dir, is_durable, fsync
):
    servers = testing.Servers()
    servers.start(data_dir, is_durable=is_durable)
    try:
        assert execute(paths.database_url("app"), "SHOW fsync") == [(fsync,)]
        assert redis.Redis.from_url(paths.redis_url(1)).ping()
        with kombu.Connection(paths.celery_broker_url()) as broker:
            assert broker.default_channel.client.ping()
    finally:
        servers.remove(data_dir)

    assert not data_dir.exists()
    assert not paths.runtime_dir().exists()


def test_a_test_run_takes_over_after_a_killed_one(data_dir):
    script = (
        "import os, pathlib\n"
        "from ppob.local import testing\n"
        f"testing.start(pathlib.Path({str(data_dir)!r}))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(paths.ROOT)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL

    servers = testing.Servers()
    servers.start(data_dir)
    try:
        assert execute(paths.database_url("app"), "SELECT 1") == [(1,)]
    finally:
        servers.remove(data_dir)


def test_a_test_run_refuses_a_folder_the_settings_do_not_look_in(data_dir, tmp_path):
    with pytest.raises(RuntimeError, match="PPOB_DATA_DIR"):
        testing.Servers().start(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
def test_root_runs_from_a_folder_nobody_else_can_reach(data_dir, monkeypatch, tmp_path):
    package = binaries.find_postgres().parents[1]
    private = tmp_path / "site-packages"
    private.mkdir(mode=0o700)
    (private / package.name).mkdir()
    for source, name in (
        (package / "pginstall18", f"{package.name}/pginstall18"),
        (package.with_name(f"{package.name}.libs"), f"{package.name}.libs"),
    ):
        (private / name).symlink_to(source)
    chosen = private / package.name / "pginstall18" / "bin"
    monkeypatch.setenv("PPOB_POSTGRES_BIN", str(chosen))
    monkeypatch.setenv("PPOB_DATA_DIR", str(private / "data"))
    assert paths.server_dir().parent == Path("/var/lib")

    servers = testing.Servers()
    servers.start(private / "data")
    try:
        assert execute(paths.database_url("app"), "SELECT 1") == [(1,)]
    finally:
        servers.remove(private / "data")

    assert not paths.server_dir().exists()
