"""The all-in-one process: gateway, five services, simulators, one database each, one clock, the in-process bus. Wiring only."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Any

import uvicorn
from sqlalchemy import text
from starlette.types import ASGIApp, Receive, Scope, Send

import catalog.app
import civil_registry.app
import gateway.app
import payment.app
import reporting.app
import submission.app
from chassis.bus.inprocess import InProcessTransport
from chassis.clock import SettableClock, SystemClock
from chassis.head import BoundedHead
from chassis.migrations import migrate
from chassis.service import Runtime, Service, create_app
from contracts.registry import SUBSCRIPTIONS
from gateway.domain.checkpoint import format_vkey
from gateway.ledger.checkpoints import signer_of
from gateway.origin import create_origin
from gateway.partners_command import apply_to
from gateway.settings import settings_of
from sandbox import simulators
from sandbox.deployment import PARTNERS
from sandbox.embedded_postgres import EmbeddedPostgres
from sandbox.identities import agency_proves_itself
from sandbox.secrets_on_disk import SecretsOnDisk
from sandbox.simulators.moj import Pace
from sandbox.simulators.world import Simulators, WorldSettings

SERVICES: tuple[Service, ...] = (
    catalog.app.SERVICE,
    submission.app.SERVICE,
    civil_registry.app.SERVICE,
    payment.app.SERVICE,
    reporting.app.SERVICE,
)
"""The five services, in the order they are started; the gateway comes first of all."""


@dataclass(frozen=True)
class Sandbox:
    """A running all-in-one process."""

    url: str
    clock: SettableClock
    runtimes: Mapping[str, Runtime]
    simulators: Simulators
    databases: Mapping[str, str]

    async def settled(self, seconds: float = 60) -> None:
        """Wait until every event stated so far has been handled by all who subscribe to it."""
        async with asyncio.timeout(seconds):
            while await self._busy():  # noqa: ASYNC110 - what is waited for is in six databases, and no one rings
                await asyncio.sleep(0.05)

    async def _busy(self) -> bool:
        for runtime in self.runtimes.values():
            async with runtime.database.begin() as uow:
                waiting = "SELECT EXISTS (SELECT FROM outbox) OR EXISTS (SELECT FROM deferred WHERE state = 'waiting')"
                if (await uow.execute(text(waiting))).scalar_one():
                    return True
        async with self.runtimes["gateway"].database.begin() as uow:
            behind = "SELECT EXISTS (SELECT FROM ledger_entry WHERE position >= (SELECT position FROM distributed))"
            return bool((await uow.execute(text(behind))).scalar_one())


@asynccontextmanager
async def running(data_dir: Path, port: int) -> AsyncIterator[Sandbox]:
    """Start everything on 127.0.0.1:`port` with its data in `data_dir`; stop it cleanly when the block ends."""
    with EmbeddedPostgres(data_dir) as postgres:
        secrets = SecretsOnDisk(data_dir / "secrets")
        url = f"http://127.0.0.1:{port}"
        clock = SettableClock()
        world = _world(url, clock, secrets)
        smtp_port = await world.mail.listen("127.0.0.1", 0)
        transport = InProcessTransport(
            {name: frozenset(e.type for e in events) for name, events in SUBSCRIPTIONS.items()}
        )
        databases, runtimes = {}, {}
        for service in (gateway.app.SERVICE, *SERVICES):
            databases[service.name] = await postgres.database(service.name)
            await migrate(service.package, databases[service.name])
            settings = service.settings(
                **_settings(url, data_dir, world, databases[service.name]),
                **_own(service.name, secrets, world),
                **(_post(smtp_port, world) if service.name == "submission" else {}),
            )
            runtimes[service.name] = Runtime.of(service, settings, clock=clock, transport=transport)
        apps = {name: create_app(runtime) for name, runtime in runtimes.items() if name != "gateway"}
        await apply_to(runtimes["gateway"], PARTNERS)
        origin = create_origin(runtimes["gateway"], apps)
        world.witness.watch(format_vkey(signer_of(settings_of(runtimes["gateway"])).verifier))
        async with (
            _served(_with_simulators(origin, simulators.create_app(world)), port),
            contextlib.AsyncExitStack() as stack,
        ):
            stack.callback(world.mail.close)
            for runtime in runtimes.values():
                await runtime.start()
                await runtime.work()
                stack.push_async_callback(runtime.close)
            stack.push_async_callback(transport.close)
            # No lifespan is run here, so nobody else lets go of the connections to providers.
            stack.push_async_callback(runtimes["gateway"].extras["exchange"].close)
            await agency_proves_itself(runtimes["gateway"].database, secrets)
            yield Sandbox(url, clock, runtimes, world, databases)


def _world(url: str, clock: SettableClock, secrets: SecretsOnDisk) -> Simulators:
    settings = WorldSettings(
        origin=url,
        moj_token=secrets.word("moj"),
        moj_pace=Pace(),
        vnpay_secret=secrets.word("vnpay"),
        ipn_url=f"{url}/api/payment/v1/vnpay/ipn",
        sms_token=secrets.word("sms"),
        residence_token=secrets.word("residence"),
        health_card_token=secrets.word("health-card"),
        emc_token=secrets.word("emc"),
        documents_token=secrets.word("documents"),
        national_payment_secret=secrets.word("national-payment"),
        national_payment_confirm_url=f"{url}/lgsp/v1/national-payments/confirmations",
    )
    return simulators.build(settings, now=clock.now, random=SystemRandom(), token_now=SystemClock().now)


def _settings(url: str, data_dir: Path, world: Simulators, database_url: str) -> dict[str, Any]:
    issuers = {
        url: f"{url}/.well-known/jwks.json",
        world.identity.settings.issuer: f"{world.identity.settings.issuer}/jwks.json",
    }
    kinds = {url: ("agency",), world.identity.settings.issuer: ("citizen", "officer")}
    return {
        "database_url": database_url,
        "data_dir": data_dir,
        "public_url": url,
        "issuers": issuers,
        "issuer_kinds": kinds,
    }


def _own(service: str, secrets: SecretsOnDisk, world: Simulators) -> dict[str, Any]:
    """The settings that only one service has."""
    origin = world.settings.origin
    own: dict[str, dict[str, Any]] = {
        "gateway": {
            "ledger_key": secrets.ed25519("ledger"),
            "exchange_key": secrets.ed25519("exchange"),
            "witnesses": {world.witness.vkey: f"{origin}/sandbox/witness"},
            "witness_seconds": 1.0,
            "token_key": secrets.ed25519("tokens"),
            "token_issuer": origin,
            "moj_url": f"{origin}/sandbox/moj",
            "moj_token": world.settings.moj_token,
            "moj_poll_seconds": 0.2,
            "console_issuer": world.identity.settings.issuer,
            "residence_url": f"{origin}/sandbox/residence",
            "residence_token": world.settings.residence_token,
            "health_card_url": f"{origin}/sandbox/social-insurance",
            "health_card_token": world.settings.health_card_token,
            "register_poll_seconds": 0.2,
            "portal_url": f"{origin}/sandbox/portal",
            "portal_dstcode": world.settings.portal_dstcode,
            "emc_url": f"{origin}/sandbox/emc",
            "emc_token": world.settings.emc_token,
            "documents_url": f"{origin}/sandbox/documents",
            "egress_networks_allowed": ["127.0.0.0/8"],  # agencies' webhooks are on this machine
            "documents_token": world.settings.documents_token,
            "documents_poll_seconds": 0.5,
            "population_url": f"{origin}/sandbox/population",
            "national_payment_url": f"{origin}/sandbox/national-payment",
            "national_payment_partner": world.settings.national_payment_partner,
            "national_payment_secret": world.settings.national_payment_secret,
        },
        "payment": {
            "vnpay_tmn_code": world.settings.tmn_code,
            "vnpay_hash_secret": world.settings.vnpay_secret,
            "vnpay_pay_url": f"{origin}/sandbox/vnpay/paymentv2/vpcpay.html",
        },
        "submission": {"population_url": f"{origin}/sandbox/population", "link_key": secrets.word("links")},
        "civil-registry": {"record_signing_key": secrets.ed25519("civil-registry")},
    }
    return own.get(service, {})


def _post(smtp_port: int, world: Simulators) -> dict[str, Any]:
    """Who carries submission's notices."""
    return {
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp_port,
        "smtp_tls": "none",
        "sms_url": f"{world.settings.origin}/sandbox/sms",
        "sms_token": world.settings.sms_token,
    }


def _with_simulators(origin: ASGIApp, world: ASGIApp) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        outside = scope["type"] == "http" and scope["path"].startswith("/sandbox/")
        await (world if outside else origin)(scope, receive, send)

    return app


@asynccontextmanager
async def _served(app: ASGIApp, port: int) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        lifespan="off",
        http=BoundedHead,
        # Longer than clients keep an idle connection (httpx: 5 s, uvicorn's own value): else, on a busy machine, a request
        # goes out on a connection that is being closed, and its sender learns nothing but ReadError.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
        access_log=False,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())  # noqa: SLF001 - `serve` would take over SIGINT, which is the demo's to handle
    while not server.started:
        if serving.done():
            raise OSError(f"127.0.0.1:{port} cannot be used: is something else listening there?")
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await serving
