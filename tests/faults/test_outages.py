"""Servers and processes that go away while dossiers keep coming."""

import asyncio

import httpx
import pytest

from tests.e2e.callers import Caller
from tests.e2e.city import City, Role, until
from tests.faults.filing import keep_filing
from tests.faults.wholeness import Before, nothing_lost_nothing_twice


@pytest.mark.timeout(240)
async def test_rabbitmq_stopped_the_api_keeps_accepting_and_everything_arrives_afterwards(
    city: City, mother: Caller, before: Before, outage_seconds: float
) -> None:
    async with keep_filing(mother, clients=2, pause_seconds=0.1) as filed:
        await asyncio.to_thread(city.rabbitmq.stop)
        accepted_before = len(filed.codes)
        await asyncio.sleep(outage_seconds)
        assert await _readiness(city, "submission", "api") == 200
        assert await _readiness(city, "submission", "worker") == 503
        accepted = len(filed.codes) - accepted_before
        assert await city.count("submission", "SELECT count(*) FROM outbox") >= accepted
        await asyncio.to_thread(city.rabbitmq.start)
        await asyncio.sleep(0.5)
    assert accepted >= outage_seconds  # one a second is what even a busy machine does
    assert filed.turned_away == []
    await nothing_lost_nothing_twice(city, mother, before, filed.codes)


async def test_rabbitmq_killed_under_load_loses_nothing_that_it_confirmed(
    city: City, mother: Caller, before: Before
) -> None:
    async with keep_filing(mother, clients=4) as filed:
        await asyncio.sleep(0.5)
        await asyncio.to_thread(city.rabbitmq.restart)
    assert filed.turned_away == []
    await nothing_lost_nothing_twice(city, mother, before, filed.codes)


async def test_postgresql_restarted_under_load_loses_no_dossier_that_got_its_201(
    city: City, mother: Caller, before: Before
) -> None:
    async with keep_filing(mother, clients=6) as filed:
        await asyncio.sleep(0.5)
        await asyncio.to_thread(city.postgres.restart)
        at_return = len(filed.codes)

        async def goes_on() -> bool:
            return len(filed.codes) >= at_return + 20

        await until(goes_on, "dossiers are taken again")
    assert {answer[:3] for answer in filed.turned_away} <= {"503", "409"}
    await nothing_lost_nothing_twice(city, mother, before, filed.codes)


async def test_an_api_killed_in_mid_request_acts_once_for_a_client_that_asks_again(
    city: City, mother: Caller, before: Before
) -> None:
    async with keep_filing(mother, clients=6) as filed:
        for _ in range(2):
            await asyncio.sleep(0.5)
            city.kill("submission", "api")
            city.start("submission", "api")
            await city.ready(("submission", "api"))
    assert filed.turned_away
    await nothing_lost_nothing_twice(city, mother, before, filed.codes)


async def test_all_processes_killed_at_once_go_on_where_they_were(city: City, mother: Caller, before: Before) -> None:
    async with keep_filing(mother, clients=4) as filed:
        await asyncio.sleep(0.5)
        for service, role in city.names:
            city.kill(service, role)
        for service, role in city.names:
            city.start(service, role)
        await city.ready()
        await asyncio.sleep(0.5)
    await nothing_lost_nothing_twice(city, mother, before, filed.codes)


async def _readiness(city: City, service: str, role: Role) -> int:
    async with httpx.AsyncClient(timeout=5) as http:
        return (await http.get(city.address(service, role) + "/readyz")).status_code
