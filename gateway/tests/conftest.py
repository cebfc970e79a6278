"""Fixtures of the gateway's tests: keys, a migrated database, the origin on it with services behind, events to send."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr
from sqlalchemy import text
from starlette.types import ASGIApp

from chassis.bus.transport import Ingress
from chassis.clock import SettableClock
from chassis.migrations import migrate
from chassis.service import Runtime
from contracts.event import Event
from contracts.registry import EVENTS
from gateway.app import SERVICE
from gateway.ledger.checkpoints import publish_verifier, sign_if_grown, signer_of
from gateway.origin import create_origin
from gateway.router import Router
from gateway.settings import GatewaySettings
from tests.servers.postgres import Postgres
from tests.support import identities
from tests.support.events import wire

TEMPLATE = "gateway_template"
MORNING = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)


def pem() -> SecretStr:
    """A new Ed25519 private key."""
    key = Ed25519PrivateKey.generate()
    return SecretStr(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


@dataclass
class Gateway:
    """A gateway without its worker: what the worker does is done when a test says so."""

    runtime: Runtime
    client: httpx.AsyncClient

    @property
    def settings(self) -> GatewaySettings:
        settings = self.runtime.settings
        assert isinstance(settings, GatewaySettings)
        return settings

    async def send(self, *events: Event) -> list[str]:
        """Events as their services send them, straight into the router; their ids."""
        wired = [wire(event) for event in events]
        await self.accept(*(Ingress(event.producer, sent.body) for event, sent in zip(events, wired, strict=True)))
        return [str(sent.event_id) for sent in wired]

    async def accept(self, *sent: Ingress) -> None:
        router = Router(self.runtime.database, EVENTS, most_bytes=100_000, appended=lambda: None)
        await router.accept(sent)

    async def sign(self) -> int | None:
        """One turn of the checkpoint worker."""
        signer = signer_of(self.settings)
        await publish_verifier(self.runtime.database, signer)
        return await sign_if_grown(self.runtime.database, signer)

    async def get(self, path: str, headers: Mapping[str, str] | None = None, **query: Any) -> httpx.Response:
        return await self.client.get(path, params=query or None, headers=headers)

    async def rows(self, query: str, **parameters: Any) -> list[Any]:
        async with self.runtime.database.begin() as uow:
            return list((await uow.execute(text(query), parameters)).all())

    async def execute(self, statement: str, **parameters: Any) -> None:
        async with self.runtime.database.begin() as uow:
            await uow.execute(text(statement), parameters)
            await uow.commit(None)


@asynccontextmanager
async def opened(settings: GatewaySettings, upstreams: Mapping[str, ASGIApp]) -> AsyncIterator[Gateway]:
    """A gateway with these services behind it, and a client of its origin."""
    runtime = Runtime.of(SERVICE, settings, clock=SettableClock(MORNING), issuers=identities.ISSUERS)
    origin = create_origin(runtime, upstreams)
    await runtime.start()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(origin), base_url="http://city.test") as client:
        yield Gateway(runtime, client)
    await runtime.close()


@pytest.fixture(scope="session")
async def gateway_template(postgres: Postgres) -> AsyncIterator[str]:
    """A database at the newest migration, to be copied."""
    await postgres.drop_database(TEMPLATE)
    await migrate("gateway", await postgres.create_database(TEMPLATE))
    yield TEMPLATE
    await postgres.drop_database(TEMPLATE)


@pytest.fixture
async def database_url(postgres: Postgres, gateway_template: str) -> AsyncIterator[SecretStr]:
    """A database of the test's own."""
    name = f"gateway_{uuid4().hex}"
    yield SecretStr(await postgres.create_database(name, gateway_template))
    await postgres.drop_database(name)


@pytest.fixture
async def gateway(database_url: SecretStr) -> AsyncIterator[Gateway]:
    """The gateway on a database of its own, with nothing behind it."""
    settings = GatewaySettings(database_url=database_url, ledger_key=pem(), token_key=pem())
    async with opened(settings, {}) as opened_gateway:
        yield opened_gateway


@pytest.fixture
def open_gateway() -> Callable[..., Any]:
    """Opens a gateway that needs no database: `async with open_gateway(upstreams, **settings) as gateway`."""

    def of(upstreams: Mapping[str, ASGIApp] | None = None, **settings: Any) -> Any:
        return opened(GatewaySettings(**settings), upstreams or {})

    return of
