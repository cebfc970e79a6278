"""The gateway worker's own long-running parts: routing events, signing the ledger, speaking with the Ministry. Wiring only."""

import asyncio
from collections.abc import Awaitable, Callable

from chassis.service import Runtime
from chassis.telemetry.logging import get_logger, places
from contracts.registry import EVENTS, SUBSCRIPTIONS
from gateway import checkpoints
from gateway.adapters.moj import ministry_of_justice
from gateway.ministry import MinistryDesk
from gateway.router import Router, distributor
from gateway.settings import settings_of

_log = get_logger("workers")

TOPOLOGY = {service: frozenset(event.type for event in events) for service, events in SUBSCRIPTIONS.items()}
"""Which service hears which event types: the bus is laid out from it, and nothing else is sent on."""


async def route_events(runtime: Runtime) -> None:
    """Everything services send, into the ledger and on from there."""
    settings, transport = settings_of(runtime), runtime.transport
    if transport is None:
        raise RuntimeError("the gateway's worker has no transport")
    pump = distributor(
        runtime.database,
        transport,
        frozenset().union(*TOPOLOGY.values()),
        batch=settings.relay_batch,
        poll_seconds=settings.poll_seconds,
    )
    router = Router(runtime.database, EVENTS, most_bytes=settings.event_bytes, appended=pump.wakeup.ring)
    await transport.serve_ingress(router.accept)
    await _forever("distributor", pump.run, settings.poll_seconds)


async def sign_ledger(runtime: Runtime) -> None:
    """A checkpoint whenever the ledger has grown."""
    settings = settings_of(runtime)
    signer = checkpoints.signer_of(settings)
    published = False

    async def sign() -> None:
        nonlocal published
        if not published:
            await checkpoints.publish_verifier(runtime.database, signer)
            published = True
        await checkpoints.sign_if_grown(runtime.database, signer)

    await _forever("checkpoint", sign, settings.checkpoint_seconds)


async def speak_with_ministry(runtime: Runtime) -> None:
    """Birth cases to the Ministry of Justice and its answers back, if this installation is connected to it."""
    settings = settings_of(runtime)
    if settings.moj_url is None:
        _log.warning("no Ministry of Justice is configured: birth cases wait", adapter="moj")
        return
    async with ministry_of_justice(settings) as registry:
        desk = MinistryDesk(runtime.database, runtime.tracing, registry, settings)
        await _forever("moj", desk.attend, min(settings.poll_seconds, settings.moj_poll_seconds))


async def _forever(job: str, run: Callable[[], Awaitable[object]], pause_seconds: float) -> None:
    """Again and again until cancelled; a round that fails is logged, and the next one comes."""
    while True:
        try:
            await run()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - a worker must outlive every failure of database and network
            _log.warning("worker interrupted", job=job, error_type=type(error).__name__, exception=places(error))
        await asyncio.sleep(pause_seconds)
