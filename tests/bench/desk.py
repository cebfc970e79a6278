"""Measures the desk's lists, queue, counts and search at ten thousand to a million dossiers. It asserts nothing timed.

`python -m tests.bench.desk` runs it alone; a run with a million takes some minutes, most of them filling. What a filing costs
is measured at each size too, and at the last one also without the desk's indexes: what the desk's speed costs an intake.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Annotated, Any

import asyncpg
import httpx
import typer
from pydantic import SecretStr
from rich.console import Console
from sqlalchemy import text

from chassis.clock import SettableClock
from chassis.migrations import migrate
from chassis.service import Runtime, create_app
from chassis.telemetry.logging import configure_logging
from submission.app import SERVICE
from submission.domain.dossier import Dossier
from submission.domain.search import search_tokens
from submission.queries import dossiers
from submission.settings import SubmissionSettings
from tests.bench import many_dossiers, report
from tests.bench.figures import Figure, Reference, Section
from tests.servers.postgres import PrivatePostgres
from tests.support.identities import ISSUERS, officer

SIZES = (10_000, 100_000, 1_000_000)
UNITS = tuple(f"{number:05d}" for number in range(4, 4 + 126))
"""As many commune-level units as Hanoi has."""
ROUNDS = 3
_FILING = "filing"

_ONE_UNIT = officer("one-stop-officer", units=[UNITS[0]])
_EVERYWHERE = officer("one-stop-officer")
_QUEUE, _SEARCH = "/v1/desk/queue", "/v1/desk/search"


@dataclass(frozen=True)
class Look:
    """One kind of look: its name in the JSON file, its words, its address, who looks."""

    name: str
    shown: str
    path: str
    caller: dict[str, str]


LOOKS = (
    Look("list.unit", "list, one unit", "/v1/dossiers", _ONE_UNIT),
    Look("queue.unit", "queue, one unit", _QUEUE, _ONE_UNIT),
    Look("queue.received", "queue by receipt, unit", f"{_QUEUE}?sort=received", _ONE_UNIT),
    Look("queue.mine", "queue, in my hands", f"{_QUEUE}?officer=me", _ONE_UNIT),
    Look("queue.all", "queue, all 126 units", _QUEUE, _EVERYWHERE),
    Look("counts.unit", "counts, one unit", f"{_QUEUE}/counts", _ONE_UNIT),
    Look("counts.all", "counts, all 126 units", f"{_QUEUE}/counts", _EVERYWHERE),
    Look("search.name", "search name, unit", f"{_SEARCH}?q=nguyen%20van%20an", _ONE_UNIT),
    Look("search.common", "search one word, unit", f"{_SEARCH}?q=nguyen", _ONE_UNIT),
    Look("search.code", "search number, unit", f"{_SEARCH}?q=0004242", _ONE_UNIT),
    Look("search.id", "search ID, all units", f"{_SEARCH}?q=001190000042", _EVERYWHERE),
    Look("search.all", "search name, all units", f"{_SEARCH}?q=nguyen%20van%20an", _EVERYWHERE),
)


async def measure(sizes: Sequence[int] = SIZES, requests: int = 100) -> Section:
    """Fill a database for each size, then look into all of them in turn: what slows the machine down slows every size alike."""
    postgres = PrivatePostgres()
    postgres.start()
    try:
        async with AsyncExitStack() as opened:
            stores = [await opened.enter_async_context(_store(postgres, size)) for size in sizes]
            taken: dict[int, dict[str, list[float]]] = {size: defaultdict(list) for size in sizes}
            for _ in range(ROUNDS):
                for look in LOOKS:
                    for store in stores:
                        taken[store.size][look.name].append(await _median(partial(store.ask, look), requests))
                for store in stores:
                    taken[store.size][_FILING].append(await _median(store.file, requests))
            await stores[-1].forget_the_desk()
            without = [await _median(stores[-1].file, requests) for _ in range(ROUNDS)]
    finally:
        postgres.close()
    return _section(taken, without)


@dataclass
class _Store:
    """A database with so many dossiers, and the service on it."""

    size: int
    runtime: Runtime
    client: httpx.AsyncClient
    libpq_url: str
    model: Dossier
    _filed: int = 0

    async def ask(self, look: Look) -> None:
        (await self.client.get(look.path, headers=look.caller)).raise_for_status()

    async def file(self) -> None:
        """The one statement of a filing, and its commit."""
        self._filed += 1
        unit = UNITS[self._filed % len(UNITS)]
        filed = replace(self.model.filed, code=f"H26-20270101-{self._filed:07d}", unit=unit)
        async with self.runtime.database.begin() as uow:
            await dossiers.file(uow, replace(self.model, filed=filed, version=1))
            await uow.commit(None)

    async def forget_the_desk(self) -> None:
        """The desk's indexes go; what is written beside the dossier stays."""
        connection = await asyncpg.connect(self.libpq_url)
        for name in ("dossiers_open_idx", "dossiers_claimed_idx", "dossiers_closed_idx", "dossier_search_tokens_idx"):
            await connection.execute(f"DROP INDEX {name}")
        await connection.close()


@asynccontextmanager
async def _store(postgres: PrivatePostgres, size: int) -> AsyncIterator[_Store]:
    name = f"desk_{size}"
    url, libpq_url = await postgres.create_database(name), postgres.libpq_url(name)
    await migrate("submission", url)
    await _name_units(libpq_url)
    await many_dossiers.fill(libpq_url, size, units=UNITS)
    clock = SettableClock(many_dossiers.LATEST + timedelta(days=1))
    settings = SubmissionSettings(database_url=SecretStr(url), statement_seconds=600)
    runtime = Runtime.of(SERVICE, settings, clock=clock, issuers=ISSUERS)
    await runtime.start()
    async with runtime.database.begin() as uow:
        model = await dossiers.find(uow, (await uow.execute(text("SELECT max(code) FROM dossiers"))).scalar_one())
    assert model is not None
    await _make_all_findable(libpq_url, model)
    transport = httpx.ASGITransport(app=create_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.bench") as client:
        yield _Store(size, runtime, client, libpq_url, model)
    await runtime.close()


async def _name_units(libpq_url: str) -> None:
    connection = await asyncpg.connect(libpq_url)
    await connection.execute("INSERT INTO unit_lists VALUES ('01', 1)")
    await connection.execute(
        "INSERT INTO units SELECT '01', code, code, 'ward', '2025-07-01' FROM unnest($1::text[]) AS code", list(UNITS)
    )
    await connection.close()


async def _make_all_findable(libpq_url: str, model: Dossier) -> None:
    """The words dossiers are found by, which the made-up ones come without."""
    reading, writing = await asyncpg.connect(libpq_url), await asyncpg.connect(libpq_url)
    async with reading.transaction():
        batch: list[tuple[str, Any, str]] = []
        async for row in reading.cursor(_UNFINDABLE, prefetch=5000):
            batch.append((row["code"], row["received_at"], " ".join(_tokens(model, row))))
            if len(batch) == 5000:
                await _make_findable(writing, batch)
                batch = []
        await _make_findable(writing, batch)
    for table in ("dossiers", "dossier_search"):
        await writing.execute(f"VACUUM ANALYZE {table}")
    await reading.close()
    await writing.close()


_UNFINDABLE = "SELECT code, unit, procedure, received_at, applicant ->> 'full_name' AS name, owner FROM dossiers"

_FINDABLE = """
INSERT INTO dossier_search (code, received_at, tokens)
SELECT code, received_at, array_to_tsvector(string_to_array(words, ' '))
FROM unnest($1::text[], $2::timestamptz[], $3::text[]) AS made (code, received_at, words)"""


def _tokens(model: Dossier, row: Any) -> list[str]:
    applicant = replace(model.filed.applicant, full_name=row["name"], personal_id=row["owner"])
    filed = replace(
        model.filed,
        code=row["code"],
        unit=row["unit"],
        procedure=row["procedure"],
        applicant=applicant,
        representative=None,
    )
    return search_tokens(filed)


async def _make_findable(connection: Any, batch: list[tuple[str, Any, str]]) -> None:
    if batch:
        await connection.execute(_FINDABLE, *map(list, zip(*batch, strict=True)))


async def _median(act: Callable[[], Awaitable[None]], times: int) -> float:
    """Milliseconds; a few go ahead uncounted, so that plans are made and pages are warm."""
    for _ in range(8):
        await act()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await act()
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


def _section(taken: dict[int, dict[str, list[float]]], without: list[float]) -> Section:
    first, *between, last = taken
    shown = {look.name: look.shown for look in LOOKS} | {_FILING: "a filing's statement"}
    figures = []
    for name, words in shown.items():
        references = [Reference(f"at {size:,}", tuple(taken[size][name])) for size in (first, *between)]
        if name == _FILING:
            references.append(Reference("without desk indexes", tuple(without)))
        figures.append(Figure(f"desk.{name}", words, "ms", tuple(taken[last][name]), None, tuple(references)))
    return Section(
        f"The desk at {last:,} dossiers, median, in process",
        tuple(figures),
        ("Each look is a whole request through the app, one after the other; 126 units, 20 % of dossiers open.",),
    )


def bench(
    size: Annotated[list[int] | None, typer.Option(help="How many dossiers; may be repeated, rising")] = None,
    requests: Annotated[int, typer.Option(help="Requests of each kind in a round")] = 100,
) -> None:
    """Measure the desk alone, and print the table."""
    configure_logging("ERROR")
    section = asyncio.run(measure(tuple(size or SIZES), requests))
    report.show(Console(width=report.WIDTH), "the desk", [section])


if __name__ == "__main__":
    typer.run(bench)
