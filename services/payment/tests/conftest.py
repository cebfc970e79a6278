"""Fixtures of payment's tests: a migrated database, the service running on it, and what its world sends it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from chassis.clock import SettableClock
from chassis.migrations import migrate
from chassis.service import Runtime, create_app
from payment.app import SERVICE
from payment.settings import PaymentSettings
from services.payment.tests.world import PAY_URL, SECRET, TERMINAL, World
from tests.servers.postgres import Postgres
from tests.support import identities

TEMPLATE = "payment_template"
MORNING = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
async def payment_template(postgres: Postgres) -> AsyncIterator[str]:
    """A database at the newest migration, to be copied."""
    await postgres.drop_database(TEMPLATE)
    await migrate("payment", await postgres.create_database(TEMPLATE))
    yield TEMPLATE
    await postgres.drop_database(TEMPLATE)


@pytest.fixture
async def world(postgres: Postgres, payment_template: str) -> AsyncIterator[World]:
    """The service on a database of its own."""
    name = f"payment_{uuid4().hex}"
    settings = PaymentSettings(
        database_url=SecretStr(await postgres.create_database(name, payment_template)),
        vnpay_tmn_code=TERMINAL,
        vnpay_hash_secret=SecretStr(SECRET),
        vnpay_pay_url=PAY_URL,
        public_url="https://dichvucong.example",
    )
    clock = SettableClock(MORNING)
    runtime = Runtime.of(SERVICE, settings, clock=clock, issuers=identities.ISSUERS)
    transport = httpx.ASGITransport(app=create_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://payment") as client:
        yield World(runtime, client, clock)
    await runtime.close()
    await postgres.drop_database(name)
