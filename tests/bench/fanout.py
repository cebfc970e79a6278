"""Measures events a second through router, ledger and the matching with 0, 1, 10 and 50 subscriptions of agencies.

The gateway's own parts in this process, beside one another as in its worker, on a PostgreSQL that waits for the disk. No
broker is in it: what that costs is the measure `events`.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

import gateway.app
from chassis.bus.transport import Ingress
from chassis.database import Database, Wakeup
from chassis.ids import new_id
from chassis.service import Runtime
from contracts.registry import EVENTS
from gateway.delivery.fan_out import FanOut
from gateway.router import Router
from tests.bench.figures import Figure, Reference, Rounds, Section, at_least
from tests.bench.stand import Stand
from tests.support.events import wire

BATCH = 500
"""As many as the broker's consumer hands over at once, and as fan-out takes."""
SENDER = "submission"
TYPES = [name for name, model in EVENTS.items() if model.producer == SENDER and "unit" in model.model_fields]
UNITS = [f"{number:05d}" for number in range(1, 127)]
KINDS = {"unit": "one unit each", "type": "one type each"}
_MOST_BYTES = 1_000_000

_SUBSYSTEM = """
    WITH one AS (INSERT INTO member VALUES ('VN', 'GOV', 'BENCH', 'bench', 'approved', 1, now(), now()) ON CONFLICT DO NOTHING)
    INSERT INTO subsystem VALUES ('VN', 'GOV', 'BENCH', 'bench', 'bench', 'fan-out', '{}', 'approved', NULL, 1, now(), now())
    ON CONFLICT DO NOTHING"""
_SUBSCRIPTION = """
    INSERT INTO subscription (id, client_id, name, mode, types, units, url, secret, state, position, created_at, changed_at)
    SELECT $1, 'fan-out', 'bench', 'push', $2, $3, 'https://bench.invalid/', 'bench', 'active', position, now(), now()
    FROM fanned_out"""


@dataclass(frozen=True)
class Extent:
    """How much is measured: rounds, the events of one, and how many subscriptions there are."""

    rounds: int
    events: int
    subscriptions: Sequence[int] = (1, 10, 50)


async def measure(stand: Stand, extent: Extent) -> Section:
    """Round by round: with none, then with each number of subscriptions of each kind."""
    runtime, found = stand.runtime(gateway.app.SERVICE), Rounds()
    ways = [("none", 0), *((kind, count) for kind in KINDS for count in extent.subscriptions)]
    try:
        for _ in range(extent.rounds):
            for kind, count in ways:
                found.add(**await _round(stand, runtime, kind, count, extent.events))
    finally:
        await runtime.close()
    none = Reference("none", found["none_0_rate"])
    return Section(
        "Events through router, ledger and matching, by subscriptions of agencies",
        (
            Figure("fanout.none", "no subscription", "/s", none.rounds, at_least(2000)),
            *(
                figure
                for kind, count in ways[1:]
                for figure in (
                    Figure(
                        f"fanout.{kind}.{count}",
                        f"{count}, {KINDS[kind]}",
                        "/s",
                        found[f"{kind}_{count}_rate"],
                        at_least(2000),
                        (none,),
                    ),
                    Figure(f"fanout.{kind}.{count}.deliveries", "  deliveries", "", found[f"{kind}_{count}_made"]),
                )
            ),
            Figure("fanout.cpu", "processor, no subscription", "ms", found["none_0_cpu"]),
            Figure("fanout.cpu.most", "  with the most", "ms", found[f"{ways[-1][0]}_{ways[-1][1]}_cpu"]),
        ),
        (
            f"{extent.events:,} events of {len(TYPES)} types from {len(UNITS)} units, {BATCH} at a time, each committed.",
            "The clock stops when the last is matched. Processor times are the gateway's, per event.",
        ),
    )


async def _round(stand: Stand, runtime: Runtime, kind: str, count: int, events: int) -> dict[str, float]:
    connection = await asyncpg.connect(stand.postgres.libpq_url("gateway"))
    try:
        await connection.execute(_SUBSYSTEM)
        await connection.execute("TRUNCATE delivery, subscription")
        await connection.execute(
            "UPDATE fanned_out SET position = (SELECT coalesce(max(position) + 1, 0) FROM ledger_entry)"
        )
        for number in range(count):
            types = TYPES if kind == "unit" else [TYPES[number % len(TYPES)]]
            units = [UNITS[number % len(UNITS)]] if kind == "unit" else None
            await connection.execute(_SUBSCRIPTION, new_id(), types, units)
        batches = _batches(events)
        before = time.process_time()
        started = time.perf_counter()
        await _through(runtime.database, batches)
        seconds = time.perf_counter() - started
        used = time.process_time() - before
        made = await connection.fetchval("SELECT count(*) FROM delivery")
    finally:
        await connection.close()
    name = f"{kind}_{count}"
    return {f"{name}_rate": events / seconds, f"{name}_cpu": used * 1000 / events, f"{name}_made": made}


async def _through(database: Database, batches: Sequence[Sequence[Ingress]]) -> None:
    """All batches in, and fan-out following them to the end: what the gateway's worker does."""
    grown, done = Wakeup(), asyncio.Event()
    router = Router(database, EVENTS, most_bytes=_MOST_BYTES, appended=grown.ring)
    step = FanOut(database, lambda: None).step

    async def follow(connection: AsyncConnection) -> None:
        while True:
            last = done.is_set()
            if await step(connection, BATCH) < BATCH:
                if last:
                    return
                await grown.wait(1)

    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        following = asyncio.create_task(follow(connection))
        for batch in batches:
            await router.accept(batch)
        done.set()
        grown.ring()
        await following


def _batches(count: int) -> list[list[Ingress]]:
    """So many events, no two of one dossier, evenly of all types and units."""
    made = []
    for number in range(count):
        model = EVENTS[TYPES[number % len(TYPES)]]
        event = model.from_example().model_copy(
            update={"dossier_code": f"H26-20261012-{number:09d}", "unit": UNITS[number // len(TYPES) % len(UNITS)]}
        )
        made.append(Ingress(SENDER, wire(event).body))
    return [made[start : start + BATCH] for start in range(0, count, BATCH)]
