"""Reporting on a real database, with a clock that stands still."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from chassis.bus.transport import WireEvent
from chassis.clock import SettableClock
from chassis.migrations import migrate
from chassis.service import Runtime, create_app
from chassis.settings import Settings
from contracts.event import Event
from reporting.app import SERVICE
from services.reporting.tests.histories import Told
from tests.servers.postgres import Postgres
from tests.support.events import inbox_of, wire
from tests.support.identities import ISSUERS

TABLES = "dossiers, daily_counts, procedures, unit_lists, units, inbox, outbox, deferred, idempotency"

Feed = Callable[[Sequence[Event | Told]], Awaitable[None]]


def runtime_on(url: str) -> Runtime:
    """A runtime of reporting, three days after the period that Hanoi published."""
    clock = SettableClock(datetime(2016, 8, 22, 3, 0, tzinfo=UTC))
    return Runtime.of(SERVICE, Settings(database_url=SecretStr(url)), clock=clock, issuers=ISSUERS)


def client_of(runtime: Runtime) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(runtime)), base_url="http://reporting")


def wired(told: Event | Told) -> WireEvent:
    """An event in its envelope; stated now, unless it is told when."""
    return wire(told.event, at=told.at) if isinstance(told, Told) else wire(told)


async def deliver(runtime: Runtime, events: Sequence[Event | Told]) -> None:
    """Deliver events as the worker would, 500 at a time; all must be handled, none put aside."""
    inbox = inbox_of(runtime)
    for start in range(0, len(events), 500):
        await inbox.deliver([wired(event) for event in events[start : start + 500]])
    async with runtime.database.begin() as uow:
        put_aside = (await uow.execute(text("SELECT reason FROM deferred"))).scalars().all()
    assert put_aside == []


@asynccontextmanager
async def database_of(postgres: Postgres, name: str) -> AsyncIterator[str]:
    """A migrated database for as long as the block lasts."""
    await postgres.drop_database(name)
    url = await postgres.create_database(name)
    await migrate(SERVICE.package, url)
    yield url
    await postgres.drop_database(name)


@pytest.fixture(scope="session")
async def reporting_database(postgres: Postgres) -> AsyncIterator[str]:
    async with database_of(postgres, "reporting_test") as url:
        yield url


@pytest.fixture
async def runtime(reporting_database: str) -> AsyncIterator[Runtime]:
    made = runtime_on(reporting_database)
    async with made.database.begin() as uow:
        await uow.execute(text(f"TRUNCATE {TABLES}"))
        await uow.commit(None)
    yield made
    await made.close()


@pytest.fixture
async def client(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(runtime) as made:
        yield made


@pytest.fixture
def feed(runtime: Runtime) -> Feed:
    """`deliver` to the runtime of this test."""
    return partial(deliver, runtime)


@pytest.fixture
def table(runtime: Runtime) -> Callable[[str], Awaitable[list[tuple[Any, ...]]]]:
    """All rows of a table, in one order."""

    async def rows(name: str) -> list[tuple[Any, ...]]:
        async with runtime.database.begin() as uow:
            return [tuple(row) for row in await uow.execute(text(f"TABLE {name} ORDER BY 1, 2, 3, 4"))]

    return rows
