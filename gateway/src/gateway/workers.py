"""The gateway worker's own long-running parts: routing events, signing the ledger, speaking with the Ministry. Wiring only."""

import asyncio
from collections.abc import Awaitable, Callable

from chassis.service import Runtime
from chassis.telemetry.logging import get_logger, places
from contracts.registry import EVENTS, SUBSCRIPTIONS
from gateway.adapters import documents, health_card, moj, residence
from gateway.adapters.emc import evaluation_system
from gateway.adapters.portal import national_portal
from gateway.adapters.routes import routes_of
from gateway.delivery.workers import ledger_bell
from gateway.desks.cases import MinistryDesk, Pace
from gateway.desks.documents import DocumentDesk
from gateway.desks.evaluation import FeedDesk, city_figures
from gateway.desks.portal import PortalDesk
from gateway.handlers.replays import tell_again
from gateway.ledger import checkpoints
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
    subscriptions = ledger_bell(runtime)

    def appended() -> None:
        pump.wakeup.ring()
        subscriptions.ring()

    router = Router(runtime.database, EVENTS, most_bytes=settings.event_bytes, appended=appended)
    await transport.serve_ingress(router.accept)
    await _forever("distributor", pump.run, settings.poll_seconds)


async def tell_services_again(runtime: Runtime) -> None:
    """Replays that operators have started, to their end."""
    settings, transport = settings_of(runtime), runtime.transport
    if transport is None:
        raise RuntimeError("the gateway's worker has no transport")

    async def tell() -> None:
        while await tell_again(runtime.database, transport, TOPOLOGY, settings.relay_batch):
            pass

    await _forever("replay", tell, settings.poll_seconds)


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
    """Cases to the ministries' registers and their answers back, to each that this installation is connected to."""
    await asyncio.gather(_speak_with_justice(runtime), *(_speak_with_register(runtime, name) for name in _REGISTERS))


async def _speak_with_justice(runtime: Runtime) -> None:
    settings = settings_of(runtime)
    routes = routes_of(runtime, moj.NAME, url=settings.moj_url, delays=settings.moj_retry_delays)
    if routes is None:
        _log.warning("no Ministry of Justice is configured: civil-status cases wait", adapter=moj.NAME)
        return
    pace = Pace(settings.moj_parallel, settings.moj_batch, settings.moj_poll_seconds, settings.moj_retry_delays)
    async with moj.ministry_of_justice(settings, routes) as office:
        desk = MinistryDesk(runtime.database, runtime.tracing, office, pace)
        await _forever(moj.NAME, desk.attend, min(settings.poll_seconds, settings.moj_poll_seconds))


_REGISTERS = {residence.NAME: residence.residence_register, health_card.NAME: health_card.health_card_register}


async def _speak_with_register(runtime: Runtime, name: str) -> None:
    settings = settings_of(runtime)
    url = settings.residence_url if name == residence.NAME else settings.health_card_url
    routes = routes_of(runtime, name, url=url)
    if routes is None:
        _log.info("no such register is configured: its cases wait", adapter=name)
        return
    pace = Pace(4, 100, settings.register_poll_seconds, settings.route_retry_delays)
    async with _REGISTERS[name](settings, routes) as office:
        desk = MinistryDesk(runtime.database, runtime.tracing, office, pace)
        await _forever(name, desk.attend, min(settings.poll_seconds, settings.register_poll_seconds))


async def speak_with_portal(runtime: Runtime) -> None:
    """Dossiers to the national portal, and what it lacks, if this installation is connected to it."""
    settings = settings_of(runtime)
    routes = routes_of(runtime, "portal", url=settings.portal_url, delays=settings.portal_retry_delays)
    if routes is None:
        _log.warning("no national portal is configured: dossiers wait", adapter="portal")
        return
    async with national_portal(routes, settings) as portal:
        desk = PortalDesk(runtime.database, runtime.tracing, portal, settings)
        await _forever("portal", desk.attend, settings.portal_poll_seconds)


async def feed_evaluation(runtime: Runtime) -> None:
    """The figures of days and quarters to the evaluation system (EMC), if this installation is connected to it."""
    settings = settings_of(runtime)
    routes = routes_of(runtime, "emc", url=settings.emc_url, delays=settings.emc_retry_delays)
    if routes is None:
        _log.warning("no evaluation system is configured: figures wait", adapter="emc")
        return
    async with evaluation_system(routes, settings) as emc, city_figures(runtime) as figures:
        await _forever("emc", FeedDesk(runtime.database, emc, figures, settings).attend, settings.emc_poll_seconds)


async def exchange_documents(runtime: Runtime) -> None:
    """Documents to other agencies and from them, if this installation is connected to the document exchange."""
    settings = settings_of(runtime)
    routes = routes_of(runtime, documents.NAME, url=settings.documents_url, delays=settings.documents_retry_delays)
    if routes is None:
        _log.info("no document exchange is configured: documents wait", adapter=documents.NAME)
        return
    async with documents.document_exchange(routes, settings) as exchange:
        desk = DocumentDesk(runtime.database, exchange, settings)
        await _forever(documents.NAME, desk.attend, min(settings.poll_seconds, settings.documents_poll_seconds))


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
