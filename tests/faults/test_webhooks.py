"""Workers that carry events to agencies, killed with SIGKILL half-way: nothing is lost, what comes twice has the same id."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from chassis.bus.transport import Ingress
from chassis.ids import new_id
from chassis.migrations import migrate
from chassis.service import Runtime
from contracts.event import Event
from contracts.registry import EVENTS
from contracts.submission import DossierAccepted, DossierFinished, DossierSubmitted
from gateway.app import SERVICE
from gateway.delivery.workers import call_webhooks, fan_out
from gateway.origin import create_origin
from gateway.router import Router
from gateway.settings import GatewaySettings
from tests.servers.postgres import Postgres
from tests.support import identities
from tests.support.events import wire
from tests.support.subscribers import ACCEPTED, FINISHED, SUBMITTED, Agency, Receiver, grant, of, receiving

ORDER = [SUBMITTED, ACCEPTED, FINISHED]
DOSSIERS = [f"H26-20261012-{number:07}" for number in range(6)]
LOOPBACK = "127.0.0.0/8"
VICTIM = """
import asyncio
from chassis.service import Runtime
from gateway.app import SERVICE
from gateway.delivery.workers import call_webhooks, fan_out
from gateway.settings import GatewaySettings
async def main():
    runtime = Runtime.of(SERVICE, GatewaySettings(), issuers={})
    runtime.extras.update(await SERVICE.started(runtime))
    await asyncio.gather(fan_out(runtime), call_webhooks(runtime))
asyncio.run(main())
"""


@dataclass
class Gateway:
    """A gateway's API and router in this process; its workers are processes that a test starts."""

    runtime: Runtime
    client: httpx.AsyncClient

    async def send(self, *events: Event) -> list[str]:
        wired = [wire(event) for event in events]
        router = Router(self.runtime.database, EVENTS, most_bytes=100_000, appended=lambda: None)
        await router.accept([Ingress(event.producer, sent.body) for event, sent in zip(events, wired, strict=True)])
        return [str(sent.event_id) for sent in wired]

    async def rows(self, query: str) -> list[Any]:
        async with self.runtime.database.begin() as uow:
            return list((await uow.execute(text(query))).all())


Evidence = Callable[[Gateway, Receiver], Awaitable[bool]]


async def made_and_nothing_sent(gateway: Gateway, receiver: Receiver) -> bool:
    (row,) = await gateway.rows("SELECT count(*) AS made, coalesce(sum(attempts), 0) AS attempts FROM delivery")
    return row.made > 0 and row.attempts == 0 and receiver.calls == []


async def claimed_and_nothing_sent(gateway: Gateway, receiver: Receiver) -> bool:
    return bool(await gateway.rows("SELECT 1 FROM delivery WHERE attempts > 0")) and receiver.calls == []


async def sent_and_not_noted(gateway: Gateway, receiver: Receiver) -> bool:
    delivered = {row.event_id for row in await gateway.rows(
        "SELECT e.event_id FROM delivery d JOIN ledger_entry e USING (position) WHERE d.state = 'delivered'"
    )}  # fmt: skip
    return bool({call.headers["webhook-id"] for call in receiver.calls} - set(map(str, delivered)))


@pytest.fixture
async def gateway(postgres: Postgres) -> AsyncIterator[Gateway]:
    name = f"webhooks_{new_id().hex}"
    url = await postgres.create_database(name)
    await migrate("gateway", url)
    settings = GatewaySettings(database_url=SecretStr(url), egress_networks_allowed=(ip_network(LOOPBACK),))
    runtime = Runtime.of(SERVICE, settings, issuers=identities.ISSUERS)
    origin = create_origin(runtime, {})
    await runtime.start()
    await grant(runtime.database, "vn/gov/hanoi/**")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(origin), base_url="http://city.test") as client:
        yield Gateway(runtime, client)
    await runtime.close()
    await postgres.drop_database(name)


async def victim(gateway: Gateway, crash_at: str) -> asyncio.subprocess.Process:
    """A worker process that dies at a point."""
    environment = dict(os.environ) | {
        "LIENTHONG_DATABASE_URL": gateway.runtime.settings.database_url.get_secret_value(),
        "LIENTHONG_EGRESS_NETWORKS_ALLOWED": f'["{LOOPBACK}"]',
        "LIENTHONG_POLL_SECONDS": "0.05",
        "LIENTHONG_CRASH_AT": crash_at,
    }
    return await asyncio.create_subprocess_exec(sys.executable, "-c", VICTIM, env=environment)


@asynccontextmanager
async def at_work(gateway: Gateway) -> AsyncIterator[None]:
    """The next worker, which takes over: in this process, to be quick."""
    parts = [asyncio.create_task(part(gateway.runtime)) for part in (fan_out, call_webhooks)]
    yield
    for part in parts:
        part.cancel()
    await asyncio.gather(*parts, return_exceptions=True)


@pytest.mark.parametrize(
    ("point", "evidence"),
    [
        ("fan_out.after_commit", made_and_nothing_sent),
        ("webhook.after_claim", claimed_and_nothing_sent),
        ("webhook.after_send", sent_and_not_noted),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_worker_killed_half_way_to_an_agency_loses_nothing_and_keeps_the_order(
    gateway: Gateway, point: str, evidence: Evidence
) -> None:
    async with receiving() as receiver:
        agency = Agency(gateway.client)
        subscription = await agency.subscribes(*ORDER, url=receiver.url)
        sent: list[str] = []
        for event in (DossierSubmitted, DossierAccepted, DossierFinished):
            sent += await gateway.send(*(of(event, dossier) for dossier in DOSSIERS))
        worker = await victim(gateway, point)
        async with asyncio.timeout(60):
            assert await worker.wait() == -signal.SIGKILL
        assert await evidence(gateway, receiver)
        # The leases of the dead are half a minute long and more: they run out now.
        async with gateway.runtime.database.begin() as uow:
            await uow.execute(text("UPDATE delivery SET next_attempt_at = now() WHERE state = 'waiting'"))
            await uow.commit(None)
        async with at_work(gateway), asyncio.timeout(60):
            while len(await gateway.rows("SELECT 1 FROM delivery WHERE state = 'delivered'")) < len(sent):
                await asyncio.sleep(0.05)
        first_seen = list(dict.fromkeys(call.headers["webhook-id"] for call in receiver.calls))
        assert sorted(first_seen) == sorted(sent)
        by_id = {call.headers["webhook-id"]: call.event for call in receiver.calls}
        for dossier in DOSSIERS:
            told = [by_id[one]["type"] for one in first_seen if by_id[one]["subject"] == dossier]
            assert told == ORDER
        assert (await agency.get(f"/{subscription['id']}/lag")).json()["events"] == 0
