"""Measures the catalogue at the size of a city's: 2,000 procedures, each offered by all communes. Searching and listing.

The service answers in this process (no socket), on a database of its own; what is measured is the service and its SQL.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import quantiles

import httpx
import yaml
from pydantic import SecretStr
from sqlalchemy import text

import catalog.app
import catalog.handlers
from catalog.content import ProcedureContent
from catalog.queries import versions as queries
from catalog.sources.procedures import procedures
from catalog.sources.units import units
from chassis.database import UnitOfWork
from chassis.migrations import migrate
from chassis.service import Runtime, create_app
from chassis.settings import Settings
from tests.bench.figures import Figure, Rounds, Section, at_most
from tests.servers.postgres import PrivatePostgres
from tests.support.identities import ISSUERS

TYPED = Path(__file__).parents[2] / "services/catalog/tests/unit/queries.yaml"
FIRST_DAY = date(2025, 7, 1)
QUALIFIERS = (
    "đối với cá nhân", "đối với tổ chức", "đối với hộ gia đình", "đối với doanh nghiệp", "trường hợp bị mất",
    "trường hợp bị hư hỏng", "trường hợp thay đổi nội dung", "thuộc thẩm quyền cấp tỉnh", "thuộc thẩm quyền cấp xã",
    "có yếu tố nước ngoài", "lần đầu", "theo quyết định của tòa án", "trong khu công nghiệp", "tại khu vực biên giới",
    "trên địa bàn nhiều xã", "qua môi trường mạng", "cho người dưới 14 tuổi", "cho người cao tuổi",
)  # fmt: skip


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    rounds: int
    procedures: int
    requests: int


def invented(count: int, chance: random.Random) -> Iterator[tuple[str, ProcedureContent]]:
    """Procedures that are none: the data files' own, then their names with qualifiers, offered by every commune."""
    seeds = [seed.content for seed in procedures() if not seed.code.startswith("hn2016-")]
    communes = tuple(sorted(unit.code for unit in units() if unit.parent == "01" and unit.valid_to is None))
    for number in range(count):
        seed = seeds[number % len(seeds)]
        extra = chance.sample(QUALIFIERS, k=min(number // len(seeds), 3))
        content = seed.model_copy(
            update={
                "name": ", ".join([seed.name, *extra]),
                "keywords": seed.keywords if not extra else (),
                "offerings": tuple(
                    offering.model_copy(update={"units": communes, "valid_from": FIRST_DAY, "valid_to": None})
                    for offering in seed.offerings
                ),
            }
        )
        yield f"9.{number:06}", content


async def fill(uow: UnitOfWork, count: int) -> None:
    """Put the invented procedures into the catalogue, in force from the first day on."""
    await catalog.handlers.load_seed(uow)
    for code, content in invented(count, random.Random(2026)):
        await queries.insert_draft(uow, code, 1, (FIRST_DAY, None), content, "bench")
        await queries.publish(uow, code, 1)


async def measure(extent: Extent) -> Section:
    """Fill a database of its own and ask it."""
    postgres = PrivatePostgres()
    postgres.start()
    try:
        url = await postgres.create_database("bench_catalogue")
        await migrate("catalog", url)
        runtime = Runtime.of(catalog.app.SERVICE, Settings(database_url=SecretStr(url)), issuers=ISSUERS)
        try:
            async with runtime.database.begin() as uow:
                await fill(uow, extent.procedures)
                await uow.connection.commit()
                await uow.execute(text("ANALYZE procedures"))
                await uow.connection.commit()
            return await _asked(runtime, extent)
        finally:
            await runtime.close()
    finally:
        postgres.close()


async def _asked(runtime: Runtime, extent: Extent) -> Section:
    of_kind: dict[str, dict[str, str]] = yaml.safe_load(TYPED.read_text(encoding="utf-8"))
    typed = [words for kind in of_kind.values() for words in kind]
    communes = sorted(unit.code for unit in units() if unit.parent == "01" and unit.valid_to is None)
    chance = random.Random(9)
    rounds = Rounds()
    transport = httpx.ASGITransport(app=create_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://catalog") as client:
        started = time.perf_counter()
        await _get(client, "/v1/procedures/search", q="khai sinh")
        rebuilt = time.perf_counter() - started
        for _ in range(extent.rounds):
            searched = [
                await _get(client, "/v1/procedures/search", q=chance.choice(typed), unit=chance.choice(communes))
                for _ in range(extent.requests)
            ]
            listed = [
                await _get(client, "/v1/procedures", unit=chance.choice(communes), limit=50)
                for _ in range(extent.requests // 4 or 2)
            ]
            rounds.add(search50=_at(searched, 50), search99=_at(searched, 99), list50=_at(listed, 50))
    return Section(
        f"{extent.procedures:,} procedures × {len(communes)} communes",
        (
            Figure("catalogue.search.p50", "search as typed, at a commune: p50", "ms", rounds["search50"], at_most(20)),
            Figure("catalogue.search.p99", "search as typed, at a commune: p99", "ms", rounds["search99"]),
            Figure("catalogue.list.p50", "first page of a commune's list: p50", "ms", rounds["list50"]),
            Figure("catalogue.rebuild", "first search after a change", "ms", (rebuilt * 1000,)),
        ),
        ("One request at a time, in this process: no socket, no gateway.",),
    )


async def _get(client: httpx.AsyncClient, address: str, **query: str | int) -> float:
    started = time.perf_counter()
    answer = await client.get(address, params=query)
    answer.raise_for_status()
    return time.perf_counter() - started


def _at(seconds: Sequence[float], percent: int) -> float:
    return quantiles(seconds, n=100, method="inclusive")[percent - 1] * 1000
