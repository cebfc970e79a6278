"""The worker's part of the delivery of events: fans the ledger out to subscriptions, and calls webhooks. Wiring only."""

import asyncio

from chassis.clock import hanoi_day
from chassis.database import Wakeup
from chassis.service import Runtime
from chassis.telemetry.logging import get_logger
from gateway.delivery import store
from gateway.delivery.fan_out import fan_out_pump
from gateway.delivery.outward_client import OutwardClient
from gateway.delivery.push import Webhooks
from gateway.egress import egress_of
from gateway.settings import settings_of

_log = get_logger("delivery")
_SWEEP_SECONDS = 600


def ledger_bell(runtime: Runtime) -> Wakeup:
    """Rung by the router of this process when the ledger has grown."""
    bell: Wakeup = runtime.extras.setdefault("fan_out_bell", Wakeup())
    return bell


def _due_bell(runtime: Runtime) -> Wakeup:
    bell: Wakeup = runtime.extras.setdefault("webhook_bell", Wakeup())
    return bell


async def fan_out(runtime: Runtime) -> None:
    """Follow the ledger and note, for each push subscription, which events it gets."""
    settings = settings_of(runtime)
    made = _due_bell(runtime).ring
    pump = fan_out_pump(runtime.database, made, batch=settings.fan_out_batch, poll_seconds=settings.poll_seconds)
    pump.wakeup = ledger_bell(runtime)
    async with asyncio.TaskGroup() as parts:
        parts.create_task(pump.run())
        parts.create_task(_sweep(runtime))


async def call_webhooks(runtime: Runtime) -> None:
    """Deliver what is due."""
    settings = settings_of(runtime)
    client = OutwardClient(egress_of(settings), parallel=settings.webhook_parallel)
    webhooks = Webhooks(
        runtime.database,
        runtime.extras["registry"],
        client,
        settings,
        today=lambda: hanoi_day(runtime.clock.now()),
        poll_seconds=settings.poll_seconds,
    )
    webhooks.due = _due_bell(runtime)
    try:
        await webhooks.run()
    finally:
        await client.close()


async def _sweep(runtime: Runtime) -> None:
    """Settled deliveries are not kept for ever."""
    while True:
        try:
            async with runtime.database.begin() as uow:
                await store.sweep(uow, settings_of(runtime).webhook_deliveries_kept_days)
                await uow.commit(None)
        except Exception as error:  # noqa: BLE001 - the next sweep may find the database well again
            _log.warning("sweep failed", error_type=type(error).__name__)
        await asyncio.sleep(_SWEEP_SECONDS)
