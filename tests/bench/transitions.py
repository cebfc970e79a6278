"""Measures a step at the desk and a round of the clocks beside 10⁴, 10⁵ and 10⁶ dossiers: neither may cost more for more.

In this process, on databases of its own, without HTTP: what could grow is the SQL.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from pydantic import SecretStr
from sqlalchemy import text

import submission.app
from chassis.auth import Kind, Principal
from chassis.migrations import migrate
from chassis.service import Runtime
from submission.handlers.clocks import give_alerts, lapse_supplements
from submission.handlers.desk import accept_dossier, return_dossier
from tests.bench.figures import Figure, Rounds, Section, at_most
from tests.bench.many_dossiers import fill
from tests.bench.stand import Stand
from tests.support.identities import ISSUERS

KINDS = {"accept": "accept", "return": "return", "idle": "idle clocks", "lapse": "one lapse"}
UNITS = tuple(f"{number:05}" for number in range(126))
OFFICER = Principal(Kind.OFFICER, "officer-1", roles=frozenset({"one-stop-officer"}))
GROWTH = 1.5
"""How much longer a step may take beside the most dossiers than beside the fewest: noise, and a deeper index."""

_SETTLE = (
    "UPDATE dossiers SET alerted = 2 WHERE status IN (1, 2, 4)",
    "UPDATE dossiers SET supplement_by = now() + interval '100 days' WHERE status = 5",
    "VACUUM ANALYZE dossiers",
)
_LET_LAPSE = text("""
UPDATE dossiers SET supplement_by = now() - interval '1 day'
WHERE code IN (SELECT code FROM dossiers WHERE status = 5 ORDER BY code LIMIT :limit)""")


@dataclass(frozen=True)
class Extent:
    """Beside how many dossiers, the fewest first, and how much is measured in each round."""

    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    rounds: int = 5
    steps: int = 40


async def measure(stand: Stand, extent: Extent) -> Section:
    """A database for each size; each round goes through all of them, so that what slows the machine down slows all."""
    async with AsyncExitStack() as stack:
        beside = {size: await stack.enter_async_context(_filled(stand, size)) for size in extent.sizes}
        times = {size: Rounds() for size in extent.sizes}
        for _ in range(extent.rounds + 1):
            for size, runtime in beside.items():
                times[size].add(**await _round(runtime, extent.steps))
    # The first round warms up connections and caches.
    measured = {size: {name: rounds[name][1:] for name in KINDS} for size, rounds in times.items()}
    fewest, most = extent.sizes[0], extent.sizes[-1]
    return Section(
        "A step at the desk, beside how many dossiers",
        (
            *(figure for size in extent.sizes for figure in _figures(size, measured[size])),
            *(_growth(name, measured[fewest][name], measured[most][name]) for name in KINDS),
        ),
        (
            "In one process without HTTP; each step a transaction with its event. An idle round of the clocks is four look-ups.",
        ),
    )


@asynccontextmanager
async def _filled(stand: Stand, size: int) -> AsyncIterator[Runtime]:
    """The service on a database of that many dossiers, the clocks' standing work all done."""
    name = f"transitions_{size}"
    url = await stand.postgres.create_database(name)
    await migrate("submission", url)
    await fill(stand.postgres.libpq_url(name), size, units=UNITS)
    settings = submission.app.SERVICE.settings(database_url=SecretStr(url))
    runtime = Runtime.of(submission.app.SERVICE, settings, issuers=ISSUERS)
    await runtime.start()
    try:
        async with runtime.database.engine.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await alone.execute(text("SET statement_timeout = 0"))
            for statement in _SETTLE:
                await alone.execute(text(statement))
        yield runtime
    finally:
        await runtime.close()
        await stand.postgres.drop_database(name)


async def _round(runtime: Runtime, steps: int) -> dict[str, float]:
    """Medians, in milliseconds, of each kind of step; of lapses the mean, since they come in one batch."""

    async def accept(code: str) -> None:
        async with runtime.database.begin() as uow:
            await accept_dossier(code, OFFICER, None, uow)

    async def hand_over(code: str) -> None:
        async with runtime.database.begin() as uow:
            await return_dossier(code, OFFICER, None, uow)

    async def idle(_: int) -> None:
        await give_alerts(runtime.database, runtime.extras["copies"])

    async with runtime.database.begin() as uow:
        await uow.execute(_LET_LAPSE, {"limit": steps // 4})
        await uow.commit(None)
    began = time.perf_counter()
    lapsed = await lapse_supplements(runtime.database)
    lapse = (time.perf_counter() - began) * 1000 / lapsed
    return {
        "accept": await _median(accept, await _codes(runtime, 1, steps)),
        "return": await _median(hand_over, await _codes(runtime, 9, steps)),
        "idle": await _median(idle, range(steps // 4)),
        "lapse": lapse,
    }


async def _codes(runtime: Runtime, status: int, limit: int) -> list[str]:
    query = text("SELECT code FROM dossiers WHERE status = :status ORDER BY md5(code) LIMIT :limit")
    async with runtime.database.begin() as uow:
        return list((await uow.execute(query, {"status": status, "limit": limit})).scalars())


async def _median(step: Callable[[Any], Awaitable[None]], over: Iterable[Any]) -> float:
    taken = []
    for one in over:
        began = time.perf_counter()
        await step(one)
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


def _figures(size: int, measured: Mapping[str, tuple[float, ...]]) -> tuple[Figure, ...]:
    first, *others = (
        Figure(f"step.{size}.{name}", f"  {shown}", "ms", measured[name]) for name, shown in KINDS.items()
    )
    return (replace(first, shown=f"{size:,}:{first.shown[1:]}"), *others)


def _growth(name: str, fewest: tuple[float, ...], most: tuple[float, ...]) -> Figure:
    grown = tuple(more / less for more, less in zip(most, fewest, strict=True))
    return Figure(f"step.growth.{name}", f"{KINDS[name]}: growth", "×", grown, at_most(GROWTH))
