"""Being told again from the ledger, over both transports: a rebuilt read model has the same figures, whatever came meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

import reporting.app
from chassis.bus.inprocess import InProcessTransport
from chassis.bus.rabbitmq import RabbitTransport
from chassis.bus.transport import Ingress, Transport
from chassis.clock import SettableClock
from chassis.ids import new_id
from chassis.migrations import migrate
from chassis.service import Runtime, Service
from chassis.settings import Settings
from contracts.registry import EVENTS
from gateway.handlers.replays import StartReplay, start_replay, tell_again
from gateway.problems.replays import NothingToReplay, ReplayRunning
from gateway.queries import replays
from gateway.router import Router, distributor
from gateway.workers import TOPOLOGY
from reporting.handlers import forget_everything
from services.reporting.tests.conftest import wired
from services.reporting.tests.histories import Told
from services.reporting.tests.integration.test_figures_of_2016 import DOSSIERS, catalogue
from tests.servers.postgres import Postgres
from tests.servers.rabbitmq import RabbitMQ

REPORTING = {"reporting": TOPOLOGY["reporting"]}
FIGURES = {
    "dossiers": "SELECT * FROM dossiers ORDER BY code",
    "daily_counts": "SELECT * FROM daily_counts ORDER BY day, procedure, unit, channel",
    "procedures": "SELECT * FROM procedures ORDER BY code, valid_from",
    "units": "SELECT * FROM units ORDER BY province, code, valid_from",
}


@dataclass
class City:
    """A gateway with its ledger, and reporting behind it."""

    gateway: Runtime
    reporting: Runtime
    transport: Transport
    router: Router

    async def tell(self, *told: Any) -> None:
        """Events as their services send them."""
        for start in range(0, len(told), 500):
            events = told[start : start + 500]
            senders = [each.event.producer if isinstance(each, Told) else each.producer for each in events]
            await self.router.accept(
                [Ingress(sender, wired(each).body) for sender, each in zip(senders, events, strict=True)]
            )

    async def figures(self) -> dict[str, list[Any]]:
        """Everything reporting knows."""
        async with self.reporting.database.begin() as uow:
            return {name: list((await uow.execute(text(query))).all()) for name, query in FIGURES.items()}

    async def until_heard(self, count: int) -> None:
        """Wait until reporting has handled as many events."""
        async with asyncio.timeout(60):
            while await self._heard() < count:
                await asyncio.sleep(0.05)

    async def _heard(self) -> int:
        async with self.reporting.database.begin() as uow:
            heard: int = (await uow.execute(text("SELECT count(*) FROM inbox"))).scalar_one()
        return heard

    async def start(self, since: int | datetime) -> None:
        async with self.gateway.database.begin() as uow:
            await start_replay(StartReplay(new_id(), "reporting", since, "officer:operator"), uow)

    async def replay(self, batch: int = 500) -> int:
        """To the end of all replays; how many entries were passed."""
        passed = 0
        while done := await tell_again(self.gateway.database, self.transport, REPORTING, batch):
            passed += done
        return passed


@asynccontextmanager
async def running(postgres: Postgres, rabbitmq: RabbitMQ | None, vhost: str) -> AsyncIterator[City]:
    name = new_id().hex[-12:]
    urls = {service: await postgres.create_database(f"replay_{name}_{service}") for service in ("gateway", "reporting")}
    for service, url in urls.items():
        await migrate(service, url)
    inside = InProcessTransport(REPORTING)
    sides: dict[str, Transport] = {
        user: inside
        if rabbitmq is None
        else RabbitTransport(rabbitmq.amqp_url(user, vhost), user, topology=REPORTING if user == "gateway" else None)
        for user in ("gateway", "reporting")
    }
    gateway = Runtime.of(
        Service(name="gateway", package="gateway", title="", description="", routers=()),
        Settings(database_url=SecretStr(urls["gateway"])),
        transport=sides["gateway"],
        issuers={},
    )
    counting = Runtime.of(
        reporting.app.SERVICE,
        Settings(database_url=SecretStr(urls["reporting"]), poll_seconds=0.2),
        clock=SettableClock(datetime(2016, 8, 22, 3, 0, tzinfo=UTC)),
        transport=sides["reporting"],
        issuers={},
    )
    pump = distributor(gateway.database, sides["gateway"], REPORTING["reporting"], batch=500, poll_seconds=0.2)
    router = Router(gateway.database, EVENTS, most_bytes=1_000_000, appended=pump.wakeup.ring)
    city = City(gateway, counting, sides["gateway"], router)
    async with asyncio.timeout(20):
        while not await sides["gateway"].healthy():
            await asyncio.sleep(0.05)
    await counting.work()
    pumping = asyncio.create_task(pump.run())
    try:
        yield city
    finally:
        pumping.cancel()
        await asyncio.gather(pumping, return_exceptions=True)
        for transport in {id(each): each for each in sides.values()}.values():
            await transport.close()
        for side in (gateway, counting):
            await side.close()
        for service in urls:
            await postgres.drop_database(f"replay_{name}_{service}")


@pytest.fixture(params=["inprocess", "rabbitmq"])
async def city(
    request: pytest.FixtureRequest, postgres: Postgres, rabbitmq: RabbitMQ, vhost: str
) -> AsyncIterator[City]:
    async with running(postgres, rabbitmq if request.param == "rabbitmq" else None, vhost) as made:
        yield made


async def test_reporting_rebuilt_from_the_ledger_has_the_same_figures(city: City) -> None:
    """R-210"""
    early = [event for history in DOSSIERS[:250] for event in history.events()]
    late = [event for history in DOSSIERS[250:300] for event in history.events()]
    published = catalogue()
    await city.tell(*published, *early)
    await city.until_heard(len(published) + len(early))
    async with city.reporting.database.begin() as uow:
        await forget_everything(uow)
    await city.start(0)
    # What happens while it is told again comes in between, and must neither be lost nor counted twice.
    meanwhile = asyncio.create_task(city.tell(*late))
    assert await city.replay(batch=200) >= len(published) + len(early)
    await meanwhile
    await city.until_heard(len(published) + len(early) + len(late))
    rebuilt = await city.figures()

    async with city.reporting.database.begin() as uow:
        await forget_everything(uow)
    await city.start(0)
    await city.replay()
    await city.until_heard(len(published) + len(early) + len(late))
    assert await city.figures() == rebuilt
    assert len(rebuilt["dossiers"]) == 300


async def test_what_was_handled_before_takes_no_effect_again(city: City) -> None:
    told = [event for history in DOSSIERS[:20] for event in history.events()]
    published = catalogue()
    await city.tell(*published, *told)
    await city.until_heard(len(published) + len(told))
    before = await city.figures()
    await city.start(0)
    await city.replay()
    await city.tell(*(event for history in DOSSIERS[20:21] for event in history.events()))
    await city.until_heard(len(published) + len(told) + len(DOSSIERS[20].events()))
    after = await city.figures()
    assert len(after["dossiers"]) == 21
    assert after["dossiers"][:20] == before["dossiers"]


async def test_a_replay_begins_at_an_instant_runs_once_and_ends_where_the_ledger_ended(city: City) -> None:
    published = catalogue()
    await city.tell(*published[:3])
    middle = datetime.now(UTC)
    await city.tell(*published[3:])
    await city.start(middle)
    with pytest.raises(ReplayRunning):
        await city.start(0)
    assert await city.replay(batch=2) == len(published) - 3
    async with city.gateway.database.begin() as uow:
        ended = (await replays.latest(uow, None, 1))[0]
    assert (ended.since, ended.position, ended.until) == (3, len(published), len(published))
    assert ended.ended_at is not None
    with pytest.raises(NothingToReplay):
        await city.start(len(published))
