"""Fixtures of the catalogue's tests: a seeded database to be copied, and the service running on one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from catalog.app import SERVICE
from catalog.handlers import seed
from chassis.clock import SettableClock
from chassis.migrations import migrate
from chassis.service import Runtime, create_app
from chassis.settings import Settings
from tests.servers.postgres import Postgres
from tests.support import identities

EMPTY, SEEDED = "catalog_empty", "catalog_seeded"
MORNING = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@dataclass
class Catalogue:
    """The service on a database of its own."""

    runtime: Runtime
    client: httpx.AsyncClient
    clock: SettableClock


def runtime_at(url: str) -> Runtime:
    clock = SettableClock(MORNING)
    return Runtime.of(SERVICE, Settings(database_url=SecretStr(url)), clock=clock, issuers=identities.ISSUERS)


@pytest.fixture(scope="session")
async def catalog_templates(postgres: Postgres) -> AsyncIterator[None]:
    """A database at the newest migration, and a copy of it with the data files loaded."""
    for name in (SEEDED, EMPTY):
        await postgres.drop_database(name)
    await migrate("catalog", await postgres.create_database(EMPTY))
    runtime = runtime_at(await postgres.create_database(SEEDED, EMPTY))
    await seed(runtime)
    await runtime.close()
    yield
    for name in (SEEDED, EMPTY):
        await postgres.drop_database(name)


async def running(postgres: Postgres, template: str) -> AsyncIterator[Catalogue]:
    name = f"catalog_{uuid4().hex}"
    runtime = runtime_at(await postgres.create_database(name, template))
    transport = httpx.ASGITransport(app=create_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://catalog") as client:
        assert isinstance(runtime.clock, SettableClock)
        yield Catalogue(runtime, client, runtime.clock)
    await runtime.close()
    await postgres.drop_database(name)


@pytest.fixture
async def empty(postgres: Postgres, catalog_templates: None) -> AsyncIterator[Catalogue]:
    """The service with an empty catalogue."""
    async for catalogue in running(postgres, EMPTY):
        yield catalogue


@pytest.fixture
async def seeded(postgres: Postgres, catalog_templates: None) -> AsyncIterator[Catalogue]:
    """The service with the data files loaded."""
    async for catalogue in running(postgres, SEEDED):
        yield catalogue


@pytest.fixture(scope="session")
async def shelf(postgres: Postgres, catalog_templates: None) -> AsyncIterator[Catalogue]:
    """The same, shared by the tests that only read."""
    async for catalogue in running(postgres, SEEDED):
        yield catalogue
