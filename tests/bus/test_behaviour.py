"""How the bus behaves, the same over both transports. Nothing here knows which one it runs on."""

import json
from collections.abc import AsyncIterator

import pytest

from chassis import deferred
from chassis.bus.transport import WireEvent
from chassis.telemetry.tracing import current_trace_id
from contracts.payment import FeeAssessed
from tests.bus.rig import Rig, rig
from tests.servers.postgres import Postgres
from tests.servers.rabbitmq import RabbitMQ
from tests.support.events import wire


@pytest.fixture(params=["inprocess", "rabbitmq"])
async def bus(request: pytest.FixtureRequest, postgres: Postgres, rabbitmq: RabbitMQ, vhost: str) -> AsyncIterator[Rig]:
    async with rig(postgres, rabbitmq if request.param == "rabbitmq" else None, vhost) as running:
        yield running


async def test_an_event_committed_in_one_service_takes_effect_once_in_another(bus: Rig) -> None:
    event_id = await bus.state("A")
    assert await bus.marked(1) == [("A", 1)]
    entries = await bus.rows(bus.gateway, "SELECT event_id, sender FROM ledger_entry")
    assert [(entry.event_id, entry.sender) for entry in entries] == [(event_id, "payment")]

    async def outbox_empty() -> bool:
        return not await bus.rows(bus.producer, "SELECT 1 FROM outbox")

    await bus.until(outbox_empty)


async def test_what_is_rolled_back_is_never_heard_of(bus: Rig) -> None:
    async with bus.producer.database.begin() as uow:
        uow.record(FeeAssessed(version=1, dossier_code="never", total=0))
        await uow.flush()
    await bus.state("A")
    assert await bus.marked(1) == [("A", 1)]


async def test_events_of_one_subject_keep_their_order(bus: Rig) -> None:
    for version in range(1, 31):
        for dossier in "ABCDE":
            await bus.state(dossier, version)
    marks = await bus.marked(150)
    assert len(marks) == 150
    for dossier in "ABCDE":
        assert [version for name, version in marks if name == dossier] == list(range(1, 31))


async def test_an_event_sent_again_is_recorded_once_and_acts_once(bus: Rig) -> None:
    event = wire(FeeAssessed(version=1, dossier_code="A", total=0))
    for _ in range(3):
        await bus.transports["payment"].send("payment", [event, event])
    await bus.state("B")
    marks = await bus.marked(2)
    assert sorted(marks) == [("A", 1), ("B", 1)]
    assert len(await bus.rows(bus.gateway, "SELECT 1 FROM ledger_entry")) == 2


async def test_an_event_delivered_again_acts_once(bus: Rig) -> None:
    event = wire(FeeAssessed(version=1, dossier_code="A", total=0))
    await bus.transports["payment"].send("payment", [event])
    await bus.marked(1)
    await bus.transports["gateway"].broadcast([event, event])
    await bus.state("B")
    assert await bus.marked(2) == [("A", 1), ("B", 1)]


async def test_a_poison_event_is_parked_while_its_neighbours_flow_and_replays_after_the_mend(bus: Rig) -> None:
    def fails_on_a(event: FeeAssessed) -> None:
        if (event.dossier_code, event.version) == ("A", 1):
            raise ZeroDivisionError

    bus.behaviour = fails_on_a
    poison = await bus.state("A", 1)
    await bus.state("A", 2)
    await bus.state("B", 1)
    assert await bus.marked(1) == [("B", 1)]

    async def is_parked() -> bool:
        return [row.event_id for row in await deferred.parked(bus.consumer.database)] == [poison]

    await bus.until(is_parked)
    (row,) = await deferred.parked(bus.consumer.database)
    assert "ZeroDivisionError" in row.reason
    assert row.attempts == 3
    assert await bus.marks() == [("B", 1)]

    bus.behaviour = lambda _: None
    assert await deferred.replay(bus.consumer.database, poison)
    assert await bus.marked(3) == [("B", 1), ("A", 1), ("A", 2)]
    assert await deferred.parked(bus.consumer.database, waiting=True) == []


async def test_a_dropped_event_never_acts_and_lets_the_next_go_on(bus: Rig) -> None:
    def fails_on_first(event: FeeAssessed) -> None:
        if event.version == 1:
            raise ZeroDivisionError

    bus.behaviour = fails_on_first
    poison = await bus.state("A", 1)

    async def is_parked() -> bool:
        return bool(await deferred.parked(bus.consumer.database))

    await bus.until(is_parked)
    await bus.state("A", 2)
    assert await deferred.drop(bus.consumer.database, poison)
    assert await bus.marked(1) == [("A", 2)]


async def test_a_handler_that_fails_at_first_succeeds_by_retry_in_order(bus: Rig) -> None:
    failures = iter([True, True])

    def fails_twice(event: FeeAssessed) -> None:
        if event.dossier_code == "A" and next(failures, False):
            raise ZeroDivisionError

    bus.behaviour = fails_twice
    await bus.state("A", 1)
    await bus.state("A", 2)
    marks = await bus.marked(2)
    assert marks == [("A", 1), ("A", 2)]


async def test_what_a_service_may_not_say_is_quarantined_with_its_reason(bus: Rig) -> None:
    """R-083"""
    good = wire(FeeAssessed(version=1, dossier_code="A", total=0))
    forged = json.loads(good.body) | {"source": "/submission", "id": "01927f5e-0000-7000-8000-000000000001"}
    broken = json.loads(good.body) | {
        "id": "01927f5e-0000-7000-8000-000000000002",
        "data": {"version": 1, "dossierCode": "A"},
    }
    unknown = json.loads(good.body) | {
        "id": "01927f5e-0000-7000-8000-000000000003",
        "type": "vn.gov.hanoi.payment.x.v1",
    }
    bodies = [json.dumps(forged).encode(), json.dumps(broken).encode(), json.dumps(unknown).encode(), b"{", good.body]
    events = [WireEvent(good.event_id, good.type, good.subject, body) for body in bodies]
    await bus.transports["payment"].send("payment", events)
    assert await bus.marked(1) == [("A", 1)]
    rows = await bus.rows(bus.gateway, "SELECT reason, sender FROM quarantine ORDER BY id")
    assert [(row.reason, row.sender) for row in rows] == [
        ("not-its-sender", "payment"),
        ("breaks-contract", "payment"),
        ("unknown-type", "payment"),
        ("not-an-event", "payment"),
    ]


async def test_an_id_used_for_another_event_is_quarantined(bus: Rig) -> None:
    event = wire(FeeAssessed(version=1, dossier_code="A", total=0))
    other = WireEvent(event.event_id, event.type, event.subject, event.body.replace(b'"total":0', b'"total":9'))
    await bus.transports["payment"].send("payment", [event])
    await bus.transports["payment"].send("payment", [other])

    async def quarantined() -> bool:
        return [row.reason for row in await bus.rows(bus.gateway, "SELECT reason FROM quarantine")] == ["id-reused"]

    await bus.until(quarantined)
    assert len(await bus.rows(bus.gateway, "SELECT 1 FROM ledger_entry")) == 1


async def test_the_trace_of_the_request_reaches_the_last_handler(bus: Rig) -> None:
    bus.behaviour = lambda _: bus.spans.append(current_trace_id())
    with bus.producer.tracing.span("POST /dossiers"):
        trace_id = current_trace_id()
        await bus.state("A")
    await bus.marked(1)
    assert bus.spans == [trace_id]
