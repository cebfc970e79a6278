"""A small bus for tests: a producer (payment), the real router with its ledger, and a consumer (submission) with a mark table."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.bus.inprocess import InProcessTransport
from chassis.bus.rabbitmq import RabbitTransport
from chassis.bus.transport import Transport
from chassis.database import UnitOfWork
from chassis.ids import new_id
from chassis.inbox import Handlers, Received
from chassis.migrations import STEP_1, migrate
from chassis.service import Runtime, Service
from chassis.settings import Settings
from contracts.payment import FeeAssessed
from contracts.registry import EVENTS
from gateway.router import Router, distributor
from gateway.settings import GatewaySettings
from tests.servers.postgres import Postgres
from tests.servers.rabbitmq import RabbitMQ

TOPOLOGY = {"submission": frozenset({FeeAssessed.type})}
Behaviour = Callable[[FeeAssessed], None]


@dataclass
class Rig:
    """What a test holds: both ends, the gateway between them, and how the consumer's handler behaves."""

    producer: Runtime
    consumer: Runtime
    gateway: Runtime
    transports: dict[str, Transport]
    behaviour: Behaviour = lambda _: None
    spans: list[str | None] = field(default_factory=list)

    async def state(self, dossier: str, version: int = 1, total: int = 0) -> UUID:
        """Commit one event in the producer."""
        async with self.producer.database.begin() as uow:
            event_id = uow.record(FeeAssessed(version=version, dossier_code=dossier, total=total))
            await uow.commit(None)
        return event_id

    async def marks(self) -> list[tuple[str, int]]:
        """What the consumer's handler did, in order: (dossier, version), one row for each time it took effect."""
        return [
            (row.dossier, row.version) for row in await self.rows(self.consumer, "SELECT * FROM mark ORDER BY position")
        ]

    async def rows(self, runtime: Runtime, query: str, **parameters: Any) -> list[Any]:
        """Read anything of one side's database."""
        async with runtime.database.begin() as uow:
            return list((await uow.execute(text(query), parameters)).all())

    async def until(self, condition: Callable[[], Awaitable[bool]], seconds: float = 15) -> None:
        """Wait until it is so; fail if it does not become so."""
        async with asyncio.timeout(seconds):
            while not await condition():
                await asyncio.sleep(0.02)

    async def marked(self, count: int) -> list[tuple[str, int]]:
        """Wait until at least `count` effects are there, and give them."""

        async def enough() -> bool:
            return len(await self.marks()) >= count

        await self.until(enough)
        return await self.marks()


@asynccontextmanager
async def rig(  # noqa: C901 - set-up in order, top to bottom
    postgres: Postgres, rabbitmq: RabbitMQ | None, vhost: str
) -> AsyncIterator[Rig]:
    """A running bus of its own: over RabbitMQ if a broker is given, else inside this process."""
    name = new_id().hex[-12:]
    urls = {role: await postgres.create_database(f"bus_{name}_{role}") for role in ("payment", "submission", "gateway")}
    await migrate("gateway", urls["gateway"])
    held: list[Rig] = []

    def consumer_handlers(_: Runtime) -> Handlers:
        async def mark(event: Received[FeeAssessed], uow: UnitOfWork) -> None:
            held[0].behaviour(event.data)
            statement = text("INSERT INTO mark (dossier, version) VALUES (:dossier, :version)")
            await uow.execute(statement, {"dossier": event.data.dossier_code, "version": event.data.version})
            await uow.commit(None)

        return {FeeAssessed: mark}

    def runtime(service: Service, transport: Transport) -> Runtime:
        url: Any = urls[service.name]
        settings = Settings(database_url=url, retry_delays=(0.05, 0.1), poll_seconds=0.2)
        return Runtime.of(service, settings, transport=transport, issuers={})

    def transport_of(user: str) -> Transport:
        if rabbitmq is None:
            return shared
        topology = TOPOLOGY if user == "gateway" else None
        return RabbitTransport(rabbitmq.amqp_url(user, vhost), user, topology=topology)

    shared = InProcessTransport(TOPOLOGY)
    transports = {user: transport_of(user) for user in ("payment", "submission", "gateway")}
    producer = runtime(_service("payment", lambda _: {}), transports["payment"])
    consumer = runtime(_service("submission", consumer_handlers), transports["submission"])
    gateway = runtime(_service("gateway", lambda _: {}), transports["gateway"])
    for side in (producer, consumer):
        async with side.database.begin() as uow:
            for statement in STEP_1:
                await uow.execute(text(statement))
            await uow.execute(
                text("CREATE TABLE mark (position bigint GENERATED ALWAYS AS IDENTITY, dossier text, version int)")
            )
            await uow.commit(None)

    pump = distributor(
        gateway.database, transports["gateway"], frozenset({FeeAssessed.type}), batch=500, poll_seconds=0.2
    )
    most_bytes = GatewaySettings().event_bytes
    router = Router(gateway.database, EVENTS, most_bytes=most_bytes, appended=pump.wakeup.ring)
    held.append(Rig(producer, consumer, gateway, transports))
    await transports["gateway"].serve_ingress(router.accept)
    await held[0].until(transports["gateway"].healthy)
    pumping = asyncio.create_task(pump.run())
    await consumer.work()
    await producer.work()
    try:
        yield held[0]
    finally:
        pumping.cancel()
        await asyncio.gather(pumping, return_exceptions=True)
        for transport in {id(each): each for each in transports.values()}.values():
            await transport.close()
        for side in (producer, consumer, gateway):
            await side.close()
        for role in urls:
            await postgres.drop_database(f"bus_{name}_{role}")


def _service(name: str, handlers: Callable[[Runtime], Handlers]) -> Service:
    return Service(name=name, package=name, title=name, description="", routers=(), handlers=handlers)
