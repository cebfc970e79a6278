"""The gateway's worker as a whole, in one process with the services: in by the bus, ledger, signature, out by the bus."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from chassis.bus.inprocess import InProcessTransport
from chassis.bus.transport import TransportDown, WireEvent
from chassis.service import Runtime
from contracts.civil_registry import BirthRegistrationRequested
from contracts.payment import FeeAssessed
from gateway.app import SERVICE
from gateway.ledger.checkpoints import NO_KEY
from gateway.settings import GatewaySettings
from gateway.tests.conftest import pem
from gateway.workers import TOPOLOGY
from tests.support.events import wire


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(15):
        while not (found := await condition()):
            await asyncio.sleep(0.02)
    return found


async def test_what_services_send_is_kept_signed_and_sent_on_and_a_birth_case_is_put_in_line(
    database_url: SecretStr,
) -> None:
    transport = InProcessTransport(TOPOLOGY)
    settings = GatewaySettings(
        database_url=database_url, ledger_key=pem(), checkpoint_seconds=0.05, poll_seconds=0.05, trace_ratio=0
    )
    runtime = Runtime.of(SERVICE, settings, transport=transport, issuers={})
    heard: dict[str, list[str]] = {service: [] for service in TOPOLOGY}

    def listener(service: str) -> Callable[[Sequence[WireEvent]], Awaitable[None]]:
        async def deliver(events: Sequence[WireEvent]) -> None:
            heard[service] += [event.type for event in events]

        return deliver

    async def value(query: str) -> Any:
        async with runtime.database.begin() as uow:
            return (await uow.execute(text(query))).scalar()

    await runtime.start()
    await runtime.work()
    try:
        for service in TOPOLOGY:
            if service != "gateway":
                await transport.subscribe(service, listener(service))
        assessed, requested = wire(FeeAssessed.from_example()), wire(BirthRegistrationRequested.from_example())
        await until(lambda: _sent(transport, "payment", assessed))
        await transport.send("civil-registry", [requested])
        await until(lambda: value("SELECT state FROM ministry_case"))
        await until(lambda: value("SELECT 1 FROM ledger_checkpoint WHERE size = 2"))
        assert await value("SELECT count(*) FROM ledger_verifier") == 1
    finally:
        await transport.close()
        await runtime.close()
    assert heard["submission"] == [FeeAssessed.type, BirthRegistrationRequested.type]
    assert heard["reporting"] == []
    assert runtime.died == []


async def _sent(transport: InProcessTransport, sender: str, event: WireEvent) -> bool:
    """Sent, once the router listens."""
    try:
        await transport.send(sender, [event])
    except TransportDown:
        return False
    return True


async def test_a_process_that_works_the_bus_without_a_ledger_key_does_not_start(database_url: SecretStr) -> None:
    settings = GatewaySettings(database_url=database_url)
    runtime = Runtime.of(SERVICE, settings, transport=InProcessTransport(TOPOLOGY), issuers={})
    with pytest.raises(RuntimeError, match=NO_KEY):
        await runtime.start()
    await runtime.close()
