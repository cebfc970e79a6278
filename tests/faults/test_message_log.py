"""The gateway killed between an exchange's commit and its answer, and between a record's entry and its commit in the ledger."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx
import pytest

from chassis.clock import SystemClock
from chassis.database import Database
from gateway.domain.exchange_record import TYPE
from gateway.ledger.check import check_ledger
from tests.e2e.city import City, until

CALL = "/r1/VN/GOV/H26/lienthong/procedures"
SEALED = "SELECT count(*) FROM ledger_entry WHERE type = $1"
SEALED_ONCE = "SELECT count(DISTINCT subject) FROM ledger_entry WHERE type = $1"
LOGGED = "SELECT count(*) FROM exchange"
WAITING = "SELECT count(*) FROM exchange_unsealed"


@pytest.fixture
async def caller(city: City) -> AsyncIterator[httpx.AsyncClient]:
    """One who has no right: the gateway logs what it denies like everything else."""
    async with httpx.AsyncClient(base_url=city.url, timeout=10) as client:
        yield client


async def test_an_exchange_whose_answer_was_lost_with_the_process_is_in_the_log_and_in_the_ledger_once(
    city: City, caller: httpx.AsyncClient
) -> None:
    before = await city.count("gateway", LOGGED)
    city.kill("gateway", "api")
    city.start("gateway", "api", crash_at="log.after_commit")
    await city.ready(("gateway", "api"))
    with suppress(httpx.TransportError):
        await caller.get(CALL)
    assert await city.died("gateway", "api") == -signal.SIGKILL
    city.start("gateway", "api")
    await city.ready(("gateway", "api"))
    assert await city.count("gateway", LOGGED) == before + 1
    await until(lambda: _all_sealed(city), "the exchange in the ledger")
    assert await city.count("gateway", SEALED, TYPE) == before + 1


async def test_a_worker_killed_between_appending_and_committing_loses_no_record_and_seals_none_twice(
    city: City, caller: httpx.AsyncClient
) -> None:
    await until(lambda: _all_sealed(city), "what was logged before in the ledger")
    before = await city.count("gateway", SEALED, TYPE)
    city.kill("gateway", "worker")
    answers = await asyncio.gather(*(caller.get(CALL) for _ in range(20)))
    assert {answer.status_code >= 400 for answer in answers} == {True}
    city.start("gateway", "worker", crash_at="seal.after_append")
    assert await city.died("gateway", "worker") == -signal.SIGKILL
    assert await city.count("gateway", SEALED, TYPE) == before
    assert await city.count("gateway", WAITING) == 20
    city.start("gateway", "worker")
    await until(lambda: _all_sealed(city), "all of them in the ledger")
    assert await city.count("gateway", SEALED, TYPE) == before + 20
    assert await city.count("gateway", SEALED_ONCE, TYPE) == before + 20
    database = Database.connect(city.postgres.url("gateway"), SystemClock(), pool_size=2)
    try:
        assert await check_ledger(database) >= 20
    finally:
        await database.close()


async def _all_sealed(city: City) -> bool:
    return await city.count("gateway", WAITING) == 0
