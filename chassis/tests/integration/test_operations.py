"""What an operator does to a running service: takes its database away, restarts it, exhausts it, migrates it, stops it."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.bus.inprocess import InProcessTransport
from chassis.clock import SystemClock
from chassis.database import Database
from chassis.ids import new_id
from chassis.migrations import STEP_1, migrate, migration_sql
from chassis.service import Job, Runtime, Service, create_app
from chassis.settings import Settings
from chassis.tests.conftest import SERVICE, Gate, Toy
from tests.servers.enclosure import free_ports
from tests.servers.postgres import Postgres, PrivatePostgres
from tests.support import identities

ME = identities.citizen()


async def test_a_well_service_is_alive_and_ready(toy: Toy) -> None:
    assert (await toy.client.get("/healthz")).json() == {"status": "ok", "checks": {}}
    ready = await toy.client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]) == (200, {"database": "ok"})


@contextlib.asynccontextmanager
async def serving(url: str) -> AsyncIterator[tuple[Runtime, httpx.AsyncClient]]:
    runtime = Runtime.of(SERVICE, Settings(database_url=SecretStr(url)), issuers=identities.ISSUERS)
    transport = httpx.ASGITransport(app=create_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        yield runtime, client
    await runtime.close()


@pytest.mark.parametrize("away", ["nobody listens", "no such database", "not migrated"])
async def test_without_its_database_it_is_alive_but_not_ready_and_says_503(postgres: Postgres, away: str) -> None:
    name = f"bare_{new_id().hex}"
    url = {
        "nobody listens": f"postgresql+asyncpg://nobody:x@127.0.0.1:{free_ports(1)[0]}/none",
        "no such database": postgres.url("no_such_database"),
        "not migrated": await postgres.create_database(name),
    }[away]
    async with serving(url) as (_, client):
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]) == (503, {"database": "away"})
        if away == "nobody listens":
            answer = await client.get("/v1/search")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    await postgres.drop_database(name)


async def test_what_our_sql_does_wrong_is_500_and_what_an_operator_stops_503(toy: Toy) -> None:
    assert (await toy.client.get("/v1/broken")).status_code == 500
    assert (await toy.client.get("/v1/divided")).status_code == 500
    assert (await toy.client.get("/v1/stopped")).status_code == 503


async def test_a_connection_cut_in_the_middle_is_503_leaves_nothing_and_the_next_request_works(toy: Toy) -> None:
    gate = toy.runtime.extras["gate"] = Gate()
    writing = asyncio.create_task(toy.add())
    await gate.reached.wait()
    own = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    await toy.rows(own)
    gate.opened.set()
    answer = await writing
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    again = [await toy.add() for _ in range(3)]
    assert 201 in {answer.status_code for answer in again}
    assert {answer.status_code for answer in again} <= {201, 503}
    assert len(await toy.rows("SELECT 1 FROM note")) == 1


@pytest.mark.fault
async def test_a_server_killed_and_started_again_is_survived(toy: Toy, killable_postgres: PrivatePostgres) -> None:
    assert (await toy.add()).status_code == 201
    killable_postgres.kill()
    assert {(await toy.client.get("/v1/search")).status_code for _ in range(3)} == {503}
    assert (await toy.client.get("/readyz")).status_code == 503
    killable_postgres.start()
    statuses = [(await toy.client.get("/v1/search")).status_code for _ in range(20)]
    assert set(statuses[-5:]) == {200}
    assert set(statuses) <= {200, 503}


async def test_when_every_connection_is_taken_the_next_caller_is_told_to_come_back(toy: Toy) -> None:
    old = toy.runtime.database
    engine = create_async_engine(old.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    toy.runtime.database = Database(engine, old.clock)
    gate = toy.runtime.extras["gate"] = Gate()
    writing = asyncio.create_task(toy.add())
    await gate.reached.wait()
    answer = await toy.client.get("/v1/search")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    gate.opened.set()
    assert (await writing).status_code == 201
    assert (await toy.client.get("/v1/search")).status_code == 200
    await engine.dispose()
    toy.runtime.database = old


async def test_requests_cut_off_give_their_connections_back(toy: Toy) -> None:
    gate = toy.runtime.extras["gate"] = Gate()
    for number in range(25):
        gate.reached.clear()
        writing = asyncio.create_task(toy.add(key=str(number)))
        await gate.reached.wait()
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    idle = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
    assert await toy.rows(idle) == []
    assert (await toy.client.get("/v1/search")).status_code == 200


async def test_a_part_that_died_is_said_by_healthz_and_a_job_that_fails_runs_again(toy: Toy) -> None:
    turns: list[None] = []

    async def failing(_: Runtime) -> None:
        turns.append(None)
        raise ZeroDivisionError

    async def dying(_: Runtime) -> None:
        raise ZeroDivisionError

    service = Service("toy", "toy", "Toy", "", [], jobs=[Job("failing", 0.01, failing)], workers=[dying])
    settings = toy.runtime.settings
    transport = InProcessTransport({})
    runtime = Runtime.of(service, settings, transport=transport, issuers={})
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(runtime)), base_url="http://toy"
    ) as client:
        assert (await client.get("/healthz")).status_code == 200
        await runtime.work()
        async with asyncio.timeout(10):
            while len(turns) < 3:
                await asyncio.sleep(0.01)
        answer = await client.get("/healthz")
        assert (answer.status_code, list(answer.json()["checks"].values())) == (503, ["died"])
        await transport.close()
        assert (await client.get("/readyz")).json()["checks"]["bus"] == "away"
    await runtime.close()
    await runtime.close()


FIRST = """
from alembic import op
from chassis.migrations import chassis_tables
revision, down_revision = "0001", None
def upgrade():
    chassis_tables()
    op.execute("CREATE TABLE thing (id bigint PRIMARY KEY)")
"""
ENVIRONMENT = """
from chassis.migrations import run_environment
from sqlalchemy import MetaData
run_environment(MetaData())
"""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with migrations, and the toy service as its app."""
    name = f"room_{new_id().hex}"
    versions = tmp_path / name / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / name / "__init__.py").touch()
    (versions.parent / "env.py").write_text(ENVIRONMENT)
    (versions / "0001_first.py").write_text(FIRST)
    monkeypatch.syspath_prepend(tmp_path)
    return name


async def test_migrations_run_twice_and_by_three_at_once(postgres: Postgres, room: str) -> None:
    url = await postgres.create_database(room)
    await asyncio.gather(*(migrate(room, url) for _ in range(3)))
    await migrate(room, url)
    database = Database.connect(url, SystemClock())
    async with database.begin() as uow:
        assert (await uow.execute(text("SELECT version_num FROM alembic_version"))).scalars().all() == ["0001"]
        assert (await uow.execute(text("SELECT count(*) FROM thing"))).scalar_one() == 0
    await database.close()
    await postgres.drop_database(room)


async def test_a_migration_that_fails_leaves_nothing_half_done(postgres: Postgres, room: str, tmp_path: Path) -> None:
    script = tmp_path / room / "migrations" / "versions" / "0001_first.py"
    script.write_text(FIRST + '    op.execute("SELECT no_such_function()")\n')
    url = await postgres.create_database(room)
    with pytest.raises(Exception, match="no_such_function"):
        await migrate(room, url)
    script.write_text(FIRST)
    await migrate(room, url)
    await postgres.drop_database(room)


def test_migrations_can_be_printed_for_the_linter(room: str) -> None:
    sql = migration_sql(room)
    assert all(statement in sql for statement in STEP_1)
    assert "CREATE TABLE thing" in sql


WORKER = """
from chassis.run import commands
from chassis.service import Service
commands(Service("toy", "toy", "Toy", "", []))()
"""


@pytest.mark.e2e
@pytest.mark.parametrize("command", ["api", "worker"])
def test_a_process_told_to_stop_stops_at_once_and_in_order(postgres: Postgres, toy: Toy, command: str) -> None:
    (port, nowhere) = free_ports(2)
    url = toy.runtime.settings.database_url.get_secret_value()
    environment = os.environ | {
        "LIENTHONG_DATABASE_URL": url,
        "LIENTHONG_AMQP_URL": f"amqp://nobody:x@127.0.0.1:{nowhere}/",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, command, "--port", str(port)], env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200:
                    break
            assert time.monotonic() < deadline, "did not come up"
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, words = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode in {0, -signal.SIGTERM}
    assert "Traceback" not in words
    assert "was never retrieved" not in words
    if command == "worker":
        assert "worker stopped" in words
