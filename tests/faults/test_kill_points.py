"""Workers killed with SIGKILL at the points where an event is half-way: between one system's commit and the next one's."""

import signal
from collections.abc import Awaitable, Callable

import pytest

from tests.e2e.callers import Caller
from tests.e2e.city import City, until
from tests.faults.filing import file
from tests.faults.wholeness import Before, nothing_lost_nothing_twice

DOSSIERS = 10
Evidence = Callable[[City, Before], Awaitable[bool]]
"""Whether what the point is named for was found after the kill: without it a test could pass by killing too early."""


async def all_in_outbox_and_nothing_sent(city: City, before: Before) -> bool:
    return await _outbox(city, "submission") == DOSSIERS and await _recorded(city, before, "submission") == 0


async def all_sent_and_still_in_outbox(city: City, before: Before) -> bool:
    return await _outbox(city, "submission") == DOSSIERS == await _recorded(city, before, "submission")


async def fees_sent_and_still_in_outbox(city: City, before: Before) -> bool:
    return await _outbox(city, "payment") > 0 and await _recorded(city, before, "payment") > 0


async def fees_assessed(city: City, before: Before) -> bool:
    return await city.count("payment", "SELECT count(*) FROM assessments") > before.assessed


async def dossiers_counted(city: City, before: Before) -> bool:
    return await city.count("reporting", "SELECT sum(received) FROM daily_counts") > before.counted


async def payment_awaited(city: City, before: Before) -> bool:
    return await city.count("submission", "SELECT count(*) FROM outbox") > 0


async def recorded(city: City, before: Before) -> bool:
    return await _recorded(city, before, "submission") > 0


async def sent_on_and_not_noted(city: City, before: Before) -> bool:
    noted = await city.count("gateway", "SELECT position FROM distributed")
    return noted == before.ledger and await fees_assessed(city, before)


@pytest.mark.parametrize(
    ("service", "point", "evidence"),
    [
        ("submission", "relay.before_publish", all_in_outbox_and_nothing_sent),
        ("submission", "relay.after_confirm", all_sent_and_still_in_outbox),
        ("payment", "relay.after_confirm", fees_sent_and_still_in_outbox),
        ("payment", "consumer.after_commit", fees_assessed),
        ("submission", "consumer.after_commit", payment_awaited),
        ("reporting", "consumer.after_commit", dossiers_counted),
        ("gateway", "router.after_commit", recorded),
        ("gateway", "distributor.after_confirm", sent_on_and_not_noted),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_worker_killed_half_way_loses_nothing_and_does_nothing_twice(
    city: City, mother: Caller, before: Before, service: str, point: str, evidence: Evidence
) -> None:
    city.kill(service, "worker")
    codes = await file(mother, DOSSIERS)
    city.start(service, "worker", crash_at=point)
    assert await city.died(service, "worker") == -signal.SIGKILL
    await until(lambda: evidence(city, before), evidence.__name__, 15)
    city.start(service, "worker")
    await nothing_lost_nothing_twice(city, mother, before, codes)


@pytest.mark.parametrize(
    ("service", "table"), [("payment", "assessments"), ("reporting", "dossiers"), ("gateway", "ledger_entry")]
)
async def test_a_worker_killed_in_the_middle_of_its_transaction_gets_the_events_again(
    city: City, mother: Caller, before: Before, service: str, table: str
) -> None:
    async with city.held(service, table):
        codes = await file(mother, DOSSIERS)
        await until(lambda: city.is_held_up(service), f"{service} writing to {table}", 15)
        city.kill(service, "worker")
    city.start(service, "worker")
    await nothing_lost_nothing_twice(city, mother, before, codes)


async def _outbox(city: City, service: str) -> int:
    return await city.count(service, "SELECT count(*) FROM outbox")


async def _recorded(city: City, before: Before, sender: str) -> int:
    query = "SELECT count(*) FROM ledger_entry WHERE position >= $1 AND sender = $2"
    return await city.count("gateway", query, before.ledger, sender)
