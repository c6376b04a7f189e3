"""The PostgreSQL of the devstack: real, closed to strangers, and hard to break."""

import os
import socket
from collections.abc import Iterator

import asyncpg
import pytest

from devstack.ports import free_port
from devstack.postgres import Postgres
from tests.devstack.running import nothing_left, own_folder, processes_in


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with own_folder() as folder:
        server = Postgres(folder)
        server.start()
        yield server
        server.stop()
        nothing_left(folder)


@pytest.fixture(autouse=True)
def running(postgres: Postgres) -> None:
    if not postgres.running:
        postgres.start()


async def ask(postgres: Postgres, query: str) -> object:
    connection = await asyncpg.connect(postgres.admin_url())
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_it_is_durable_and_roomy(postgres: Postgres) -> None:
    assert str(await ask(postgres, "show server_version")).startswith("18.")
    assert await ask(postgres, "show fsync") == "on"
    assert await ask(postgres, "show synchronous_commit") == "on"
    assert await ask(postgres, "show max_connections") == "300"


async def test_nobody_enters_without_the_password(postgres: Postgres) -> None:
    secret = postgres.folder / "password"
    assert secret.stat().st_mode & 0o777 == 0o600
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.admin_url().replace(secret.read_text(), "guessed"))
    assert await ask(postgres, "show unix_socket_directories") == ""
    assert await ask(postgres, "show listen_addresses") == "127.0.0.1"


async def test_a_crash_keeps_what_was_committed_and_the_port(postgres: Postgres) -> None:
    before = postgres.port
    await ask(postgres, "create table kept as select generate_series(1, 1000) as number")
    postgres.kill()
    assert not processes_in(postgres.folder)
    postgres.start()
    assert await ask(postgres, "select count(*) from kept") == 1000
    assert postgres.port == before


async def test_a_stale_pid_file_of_a_living_stranger_does_not_stop_it(postgres: Postgres) -> None:
    postgres.kill()
    pid_file = postgres.folder / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getppid()), *lines[1:]]))
    postgres.start()
    assert await ask(postgres, "select 1") == 1


async def test_a_server_that_an_earlier_run_left_behind_is_ended(postgres: Postgres) -> None:
    left_behind = set(processes_in(postgres.folder))
    successor = Postgres(postgres.folder)
    successor.start()
    try:
        assert await ask(successor, "select 1") == 1
        assert not left_behind & set(processes_in(postgres.folder))
    finally:
        successor.stop()


async def test_it_takes_another_port_when_its_own_is_taken(postgres: Postgres) -> None:
    postgres.stop()
    taken = postgres.port
    with socket.create_server(("127.0.0.1", taken)):
        postgres.start()
        assert postgres.port != taken
        assert await ask(postgres, "select 1") == 1


async def test_an_interrupted_first_start_is_begun_again() -> None:
    with own_folder() as folder:
        (folder / "data" / "made").mkdir(parents=True)
        (folder / "data" / "made" / "PG_VERSION").write_text("18\n")
        server = Postgres(folder, port=free_port())
        server.start()
        try:
            assert await ask(server, "select 1") == 1
        finally:
            server.stop()
