"""What runs without a caller: one pump leads, retries keep their order, nothing dies of a bad moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from chassis import deferred
from chassis.bus.transport import WireEvent
from chassis.database import Database, UnitOfWork
from chassis.deferred import Retrier
from chassis.ids import new_id
from chassis.inbox import Inbox, Received
from chassis.pump import Notifier, Pump
from chassis.tests.conftest import Toy
from contracts.payment import FeeAssessed
from tests.support.events import wire


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(*works: Callable[[], Awaitable[None]]) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = [asyncio.ensure_future(work()) for work in works]
    yield tasks
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Steps:
    """Counts the steps of a pump, and keeps the session it leads by."""

    def __init__(self, toy: Toy, *, poll: float = 0.02, channel: str = "toy") -> None:
        self.count = 0
        self.session = 0
        self.failure: Exception | None = None
        self.pump = Pump("p", toy.runtime.database, self, lock=42, channel=channel, batch=10, poll_seconds=poll)

    async def __call__(self, connection: AsyncConnection, _: int) -> int:
        self.count += 1
        self.session = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        if self.failure is not None:
            raise self.failure
        return 0


async def test_of_two_pumps_one_leads_and_when_its_connection_dies_the_other_takes_over(toy: Toy) -> None:
    pumps = Steps(toy), Steps(toy)
    async with running(pumps[0].pump.run, pumps[1].pump.run):
        await until(lambda: any(pump.count >= 3 for pump in pumps))
        leader = max(pumps, key=lambda pump: pump.count)
        (other,) = [pump for pump in pumps if pump is not leader]
        assert other.count == 0
        leader.failure = OSError()  # it will lead no more
        await toy.rows("SELECT pg_terminate_backend(:session)", session=leader.session)
        await until(lambda: other.count >= 3)
        assert leader.session != other.session


async def test_a_pump_that_is_stopped_lets_go_of_its_lock_at_once(toy: Toy) -> None:
    first, second = Steps(toy), Steps(toy)
    async with running(first.pump.run):
        await until(lambda: first.count >= 1)
    assert await toy.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'") == []
    async with running(second.pump.run):
        await until(lambda: second.count >= 1)


@pytest.mark.parametrize("failure", [ZeroDivisionError(), ExceptionGroup("", [OSError()]), KeyError("x")])
async def test_a_pump_outlives_whatever_its_step_raises(toy: Toy, failure: Exception) -> None:
    steps = Steps(toy)
    steps.failure = failure
    async with running(steps.pump.run) as (task,):
        await until(lambda: steps.count >= 3)
        assert not task.done()


async def test_another_process_wakes_a_pump_long_before_its_poll(toy: Toy) -> None:
    steps = Steps(toy, poll=3600, channel="toy_bell")
    notifier = Notifier(toy.runtime.database, "toy_bell")
    async with running(steps.pump.run, notifier.run):
        await until(lambda: steps.count >= 1)
        notifier.bell.ring()
        await until(lambda: steps.count >= 2)


Outcome = Callable[[FeeAssessed], None]


class Consumer:
    """An inbox whose handler notes what it was given, and fails when told to."""

    def __init__(self, toy: Toy, database: Database | None = None) -> None:
        self.taken: list[tuple[str, int]] = []
        self.fails: set[tuple[str, int]] = set()
        runtime = toy.runtime
        self.inbox = Inbox(
            "toy", database or runtime.database, {FeeAssessed: self.handle},
            metrics=runtime.metrics, tracing=runtime.tracing, retry_delays=(0.0, 0.0, 0.0),
        )  # fmt: skip
        self.retrier = Retrier(self.inbox, poll_seconds=0.01)

    async def handle(self, received: Received[FeeAssessed], uow: UnitOfWork) -> None:
        what = (received.data.dossier_code, received.data.version)
        if what in self.fails:
            await uow.execute(text("SELECT 1 / 0"))
        self.taken.append(what)
        await uow.commit(None)


def fee(dossier: str, version: int) -> WireEvent:
    return wire(FeeAssessed(version=version, dossier_code=dossier, total=0))


async def test_what_failed_is_tried_again_before_what_queues_behind_it_and_others_do_not_wait(toy: Toy) -> None:
    consumer = Consumer(toy)
    consumer.fails = {("A", 1)}
    await consumer.inbox.deliver([fee("A", 1), fee("A", 2), fee("B", 1)])
    await consumer.inbox.deliver([fee("A", 3), fee("B", 2)])
    assert consumer.taken == [("B", 1), ("B", 2)]
    assert await consumer.retrier.try_due() == 1
    consumer.fails = set()
    while await consumer.retrier.try_due():
        pass
    assert consumer.taken == [("B", 1), ("B", 2), ("A", 1), ("A", 2), ("A", 3)]
    assert await deferred.parked(toy.runtime.database, waiting=True) == []


async def test_after_its_last_try_it_is_parked_with_a_reason_that_shows_our_own_line(toy: Toy) -> None:
    consumer = Consumer(toy)
    consumer.fails = {("A", 1)}
    await consumer.inbox.deliver([fee("A", 1)])
    while await consumer.retrier.try_due():
        pass
    (parked,) = await deferred.parked(toy.runtime.database)
    assert parked.attempts == 4
    assert "DBAPIError" in parked.reason
    assert "test_background.py:" in parked.reason


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"", b"[]", b'{"a": "\xc3"}', b"[" * 50_000, b'"\\u0000"'])
async def test_bytes_that_are_no_event_are_parked_and_do_not_hold_up_the_queue(toy: Toy, body: bytes) -> None:
    consumer = Consumer(toy)
    broken = WireEvent(new_id(), FeeAssessed.type, "X", body)
    await consumer.inbox.deliver([broken, fee("A", 1)])
    assert consumer.taken == [("A", 1)]
    (parked,) = await deferred.parked(toy.runtime.database)
    assert parked.event_id == broken.event_id
    assert parked.reason.startswith("undecodable")


async def test_the_retrier_outlives_a_database_that_has_no_connection_to_spare(toy: Toy) -> None:
    engine = create_async_engine(toy.runtime.database.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    database = Database(engine, toy.clock)
    consumer = Consumer(toy, database)
    consumer.fails = {("A", 1)}
    await consumer.inbox.deliver([fee("A", 1)])
    consumer.fails = set()
    async with database.begin() as holder:
        await holder.execute(text("SELECT 1"))
        async with running(consumer.retrier.run) as (task,):
            await asyncio.sleep(0.2)
            assert not task.done()
            await holder.connection.close()
            await until(lambda: bool(consumer.taken))
    await engine.dispose()


async def test_operators_replay_and_drop(toy: Toy) -> None:
    consumer = Consumer(toy)
    consumer.fails = {("A", 1), ("B", 1)}
    mended, dropped = fee("A", 1), fee("B", 1)
    await consumer.inbox.deliver([mended, dropped])
    while await consumer.retrier.try_due():
        pass
    database: Any = toy.runtime.database
    consumer.fails = set()
    assert await deferred.replay(database, mended.event_id)
    assert await deferred.drop(database, dropped.event_id)
    assert not await deferred.drop(database, dropped.event_id)
    while await consumer.retrier.try_due():
        pass
    await consumer.inbox.deliver([mended, dropped])
    assert consumer.taken == [("A", 1)]
