"""Measures the way of an event from submission's commit to reporting's, through gateway and ledger, beside the bare broker.

The services are the real ones, untouched: PostgreSQL itself notes when each transaction committed.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime

import asyncpg
from sqlalchemy import text

import submission.app
from contracts.submission import DossierSubmitted
from tests.bench import machine, raw_bus
from tests.bench.figures import Aim, Figure, Reference, Rounds, Section, at_least, at_most
from tests.bench.intake import PATH, post
from tests.bench.load import Order, percentile
from tests.bench.stand import RAW_VHOST, Process, Stand
from tests.servers.enclosure import ServerError

PER_SECOND = 10
PARTS = ("relay", "gateway", "reporting", "broker", "PostgreSQL")
PATIENCE = 180
"""Seconds that the events of one round may take to be handled."""


@dataclass(frozen=True)
class Extent:
    """How much is measured: rounds, the seconds of one at `PER_SECOND`, and the events of a sustained one."""

    rounds: int
    seconds: float
    events: int


async def measure(stand: Stand, extent: Extent) -> Section:
    """At ten events a second by real POSTs; then a full outbox, as fast as it goes."""
    calm, full, idle = Rounds(), Rounds(), Rounds()
    await _forget(stand)
    async with _running(stand, stand.worker("reporting")) as parts:
        api = parts["API"].port
        size = await _warm(stand, api)
        for _ in range(extent.rounds):
            calm.add(**await _calm(stand, api, extent.seconds))
            calm.add(**await _raw(stand, raw_bus.Order("", round(PER_SECOND * extent.seconds), size, PER_SECOND)))
            full.add(**await _drained(stand, parts, extent.events))
            full.add(**await _raw(stand, raw_bus.Order("", extent.events, size)))
    async with _running(stand, (*stand.module("tests.bench.listener"), "worker")) as parts:
        for _ in range(extent.rounds):
            idle.add(**await _drained(stand, parts, extent.events))
    raw = Reference("bare broker", full["raw_rate"])
    return Section(
        "An event: commit in submission → handled in reporting, through the ledger",
        (
            _time("events.p50", f"at {PER_SECOND}/s: p50", calm, "p50", at_most(10)),
            _time("events.p99", "  p99", calm, "p99", at_most(30)),
            Figure("events.to_ledger.p50", "  p50 until in the ledger", "ms", calm["to_ledger"]),
            Figure("events.sustained", "sustained, counting", "/s", full["rate"], at_least(2000), (raw,)),
            *(Figure(f"events.cpu.{part}", f"  processor, {part}", "ms", full[part]) for part in PARTS),
            Figure("events.listener", "sustained, empty handler", "/s", idle["rate"], at_least(2000), (raw,)),
            Figure("events.cpu.listener", "  processor, handling", "ms", idle["reporting"]),
        ),
        (
            f"Sustained: {extent.events:,} events of {size:,} bytes lie in the outbox when the clock starts.",
            "All parts share the cores; processor times are per event.",
        ),
    )


def _time(name: str, shown: str, rounds: Rounds, of: str, aim: Aim) -> Figure:
    return Figure(name, shown, "ms", rounds[of], aim, (Reference("bare broker", rounds[f"raw_{of}"]),))


@asynccontextmanager
async def _running(stand: Stand, reporting: Sequence[str]) -> AsyncIterator[dict[str, Process]]:
    """All who have a part in it. The gateway first: it lays out the queues that the others read."""
    async with AsyncExitStack() as stack:
        yield {
            "gateway": await stack.enter_async_context(stand.running(stand.worker("gateway"), "gateway")),
            "relay": await stack.enter_async_context(stand.running(stand.worker("submission"), "submission")),
            "reporting": await stack.enter_async_context(stand.running(reporting, "reporting")),
            "API": await stack.enter_async_context(stand.running(stand.api("submission"), "submission")),
        }


async def _forget(stand: Stand) -> None:
    """What earlier measures left in the outbox is not this one's."""
    async with _connected(stand, "submission") as database:
        await database.execute("TRUNCATE outbox")


async def _warm(stand: Stand, api: int) -> int:
    """Send a few through; gives the size of such an event."""
    await _calm(stand, api, 1)
    async with _connected(stand, "gateway") as database:
        size: int = await database.fetchval("SELECT octet_length(body) FROM ledger_body ORDER BY position DESC LIMIT 1")
    return size


async def _calm(stand: Stand, api: int, seconds: float) -> dict[str, float]:
    """POSTs at a steady rate; the times between the commits of dossier, ledger entry and inbox, in milliseconds."""
    async with _connected(stand, "gateway") as ledger:
        before = await ledger.fetchval("SELECT count(*) FROM ledger_entry")
    order = Order(api, (post(PATH),), clients=1, seconds=seconds, first=stand.numbers(), rate=PER_SECOND)
    sent = (await stand.load(order)).requests
    async with _connected(stand, "gateway") as ledger:
        rows = await _until(
            ledger, "SELECT event_id, subject, pg_xact_commit_timestamp(xmin) AS at FROM ledger_entry WHERE position >= $1",
            [before], sent,
        )  # fmt: skip
    entries = {row["event_id"]: (row["subject"], row["at"]) for row in rows}
    query = "SELECT event_id, pg_xact_commit_timestamp(xmin) AS at FROM inbox WHERE event_id = ANY($1)"
    async with _connected(stand, "reporting") as reporting:
        handled = {row["event_id"]: row["at"] for row in await _until(reporting, query, [list(entries)], sent)}
    # The first line of a dossier's history is never changed: its transaction is the one that filed.
    # The one row of a filing that nothing changes afterwards: a change would be a younger transaction's row.
    query = "SELECT code AS dossier_code, pg_xact_commit_timestamp(xmin) AS at FROM dossier_search WHERE code = ANY($1)"
    async with _connected(stand, "submission") as source:
        codes = [code for code, _ in entries.values()]
        filed = {row["dossier_code"]: row["at"] for row in await _until(source, query, [codes], sent)}
    whole = sorted((handled[event] - filed[code]).total_seconds() * 1000 for event, (code, _) in entries.items())
    first = sorted((at - filed[code]).total_seconds() * 1000 for code, at in entries.values())
    return {"p50": percentile(whole, 0.5), "p99": percentile(whole, 0.99), "to_ledger": percentile(first, 0.5)}


async def _drained(stand: Stand, parts: Mapping[str, Process], count: int) -> dict[str, float]:
    """Events a second, from the commit that put all into the outbox to the last one's handling; each part's time per event."""
    async with _connected(stand, "reporting") as reporting:
        before: int = await reporting.fetchval("SELECT count(*) FROM inbox")
        committed = await _fill_outbox(stand, count)
        used = _cpu(stand, parts)
        await _until(reporting, "SELECT FROM inbox OFFSET $1", [before], count)
        now = _cpu(stand, parts)
        last: datetime = await reporting.fetchval("SELECT max(pg_xact_commit_timestamp(xmin)) FROM inbox")
    times = {part: (now[part] - used[part]) * 1000 / count for part in PARTS}
    return {"rate": count / (last.timestamp() - committed), **times}


def _cpu(stand: Stand, parts: Mapping[str, Process]) -> dict[str, float]:
    servers = {
        "broker": machine.family_cpu_seconds(stand.broker_pid),
        "PostgreSQL": machine.family_cpu_seconds(stand.postgres_pid),
    }
    return {part: machine.cpu_seconds(process.pid) for part, process in parts.items()} | servers


async def _fill_outbox(stand: Stand, count: int) -> float:
    """As many submissions, of as many dossiers, in one commit; gives the moment after it."""
    runtime = stand.runtime(submission.app.SERVICE)
    first = stand.numbers()
    async with runtime.database.begin() as uow:
        for number in range(first, first + count):
            uow.record(
                DossierSubmitted.from_example().model_copy(update={"dossier_code": f"H26-20261012-{number:09d}"})
            )
        await uow.commit(None)
        committed = time.time()
        await uow.execute(text("NOTIFY lienthong_outbox"))
        await uow.commit(None)
    await runtime.close()
    return committed


async def _raw(stand: Stand, order: raw_bus.Order) -> dict[str, float]:
    """The same number of messages of that size over the same broker, by two processes."""
    given = json.dumps(asdict(order) | {"url": stand.broker.amqp_url("gateway", RAW_VHOST)})
    async with stand.talking("tests.bench.raw_bus", "consume", given=given) as consumer:
        if await consumer.readline() != b"ready\n":
            raise ServerError("the consumer of the bare broker did not start")
        await stand.child("tests.bench.raw_bus", "publish", given=given)
        outcome = raw_bus.Outcome(**json.loads(await consumer.read()))
    return {f"raw_{name}": value for name, value in asdict(outcome).items()}


@asynccontextmanager
async def _connected(stand: Stand, database: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    connection = await asyncpg.connect(stand.postgres.libpq_url(database))
    try:
        yield connection
    finally:
        await connection.close()


async def _until(
    connection: "asyncpg.Connection[asyncpg.Record]", query: str, arguments: Sequence[object], count: int
) -> "list[asyncpg.Record]":
    """The rows of a query, once there are so many."""
    rows: list[asyncpg.Record] = []
    async with asyncio.timeout(PATIENCE):
        while len(rows := await connection.fetch(query, *arguments)) < count:
            await asyncio.sleep(0.2)
    return rows
