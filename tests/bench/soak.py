"""Watches the memory of a gateway's API process over many signed and fully logged exchanges. It measures no speed.

What the log keeps is cleared from the database between stretches: it would fill the disk, and is none of the process's.
"""

import asyncpg

from tests.bench import machine
from tests.bench.exchange import MANY, exchanging, sent_over
from tests.bench.figures import Figure, Reference, Section, at_most
from tests.bench.load import Order
from tests.bench.stand import Stand

WARM = 0.05
"""Of the exchanges: pools, caches and the interpreter's own memory fill before the first look."""
STRETCH_SECONDS = 10
_CLEAR = "TRUNCATE exchange, exchange_body, exchange_unsealed"


async def measure(stand: Stand, exchanges: int, seconds: float = STRETCH_SECONDS) -> Section:
    """One process, as many exchanges as asked for, its memory at the start, in the middle, at the end."""
    seen: list[tuple[int, float]] = []
    made, database = 0, await asyncpg.connect(stand.postgres.libpq_url("gateway"))
    try:
        async with exchanging(stand) as (gateway, _):
            while made < exchanges:
                order = Order(gateway.port, (sent_over("full"),), MANY, seconds, first=stand.numbers())
                made += (await stand.load(order)).requests
                seen.append((made, machine.resident_megabytes(gateway.pid)))
                await database.execute(_CLEAR)
    finally:
        await database.close()
    start = _at(seen, WARM * exchanges)
    middle, end = _at(seen, exchanges / 2), seen[-1][1]
    first = Reference("start", (start,))
    return Section(
        "Memory of a gateway process",
        (
            Figure("soak.start", "after the first stretch", "MB", (start,)),
            Figure("soak.middle", "half-way", "MB", (middle,), None, (first,)),
            Figure("soak.end", f"after {made:,} exchanges", "MB", (end,), None, (first,)),
            Figure("soak.growth", "  of that, since half-way", "MB", (max(0.0, end - middle),), at_most(10)),
        ),
        (f"POST, policy full, {MANY} clients.",),
    )


def _at(seen: list[tuple[int, float]], made: float) -> float:
    return next(memory for count, memory in seen if count >= made)
