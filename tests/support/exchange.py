"""The exchange over real sockets, for tests: a caller, the gateway, a provider, and a message log that remembers. No server of ours is faked."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from ipaddress import ip_network
from typing import Any
from uuid import UUID, uuid4

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.clock import SettableClock
from chassis.service import Runtime
from gateway.app import SERVICE
from gateway.domain.partners import (
    Grant,
    Member,
    Registry,
    Service,
    ServiceId,
    Subsystem,
    SubsystemId,
    Upstream,
)
from gateway.exchange.app import Exchange, create_exchange
from gateway.exchange.record import Asked, Direction, Ended
from gateway.quotas import Allowance
from gateway.settings import GatewaySettings
from tests.support import identities

MORNING = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
CITY = SubsystemId("VN", "GOV", "H26", "lienthong")
JUSTICE = SubsystemId("VN", "GOV", "G15", "hotich")
PROVIDED = ServiceId(CITY, "thu")
CLIENT = {"X-Road-Client": "VN/GOV/G15/hotich"}
ADDRESS = "/r1/VN/GOV/H26/lienthong/thu"
LOOPBACK = (ip_network("127.0.0.0/8"),)


class Log:
    """A message log that keeps what it is told; `failing` cannot write any more."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.failing: frozenset[str] = frozenset()

    async def begin(self, asked: Asked) -> None:
        self._tell("begin", asked)

    async def body(self, _: UUID, direction: Direction, number: int, chunk: bytes) -> None:
        self._tell("body", (direction, number, chunk))

    async def end(self, asked: Asked, ended: Ended) -> None:
        self._tell("end", (asked, ended))

    def _tell(self, what: str, told: Any) -> None:
        if what in self.failing:
            raise OSError("no disk")
        self.told.append((what, told))

    @property
    def ends(self) -> list[tuple[Asked, Ended]]:
        return [told for what, told in self.told if what == "end"]

    async def only(self) -> tuple[Asked, Ended]:
        """The one exchange that ended; waits for one whose caller is already gone."""
        async with asyncio.timeout(5):
            while not self.ends:
                await asyncio.sleep(0.01)
        assert len(self.ends) == 1
        return self.ends[0]


class Book:
    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    async def current(self) -> Registry:
        return self.registry

    async def newest(self) -> Registry:
        return self.registry


class NoQuotas:
    def __init__(self) -> None:
        self.allowance = Allowance(allowed=True, headers={"RateLimit": '"second";r=9;t=1'})

    async def take(self, _: str, __: Service) -> Allowance:
        return self.allowance


def grant(service: ServiceId = PROVIDED, **fields: Any) -> Grant:
    return Grant(
        **{
            "id": uuid4(),
            "service": service,
            "subsystem": JUSTICE,
            "group": None,
            "valid_from": date(2026, 1, 1),
            "valid_to": None,
            "legal_basis": "NĐ 194/2025/NĐ-CP",
            **fields,
        }
    )


def registry(service: Service, *grants: Grant) -> Registry:
    city = Member("VN", "GOV", "H26", "UBND TP Hà Nội", frozenset({"H26", "000.00.00.H26"}))
    justice = Member("VN", "GOV", "G15", "Bộ Tư pháp", frozenset({"G15", "000.00.00.G15"}))
    subsystems = {
        CITY: Subsystem(CITY, "Liên thông", "city-1"),
        JUSTICE: Subsystem(JUSTICE, "Hộ tịch <&>", "justice-1"),
    }
    return Registry(
        1,
        {("VN", "GOV", code): member for member in (city, justice) for code in member.codes},
        subsystems,
        {subsystem.client_id: subsystem for subsystem in subsystems.values()},
        {service.id: service},
        {service.id: grants},
    )


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """A real server on a free port of the loopback."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_config=None, proxy_headers=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@dataclass
class World:
    """A gateway's exchange on one socket with a provider on another."""

    client: httpx.AsyncClient
    log: Log
    book: Book
    quotas: NoQuotas
    runtime: Runtime
    exchange: Exchange
    service: Service
    headers: dict[str, str] = field(default_factory=lambda: CLIENT | identities.agency(client="justice-1"))

    async def call(self, method: str = "GET", path: str = "", **options: Any) -> httpx.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        return await self.client.request(method, ADDRESS + path, headers=headers, **options)

    def offer(self, *grants: Grant, **fields: Any) -> None:
        """Offer the service otherwise than before."""
        self.service = replace(self.service, **fields)
        self.book.registry = registry(self.service, *(grants or (grant(),)))


@asynccontextmanager
async def world(
    provider: ASGIApp | str,
    *,
    city: Mapping[str, ASGIApp] | None = None,
    adapters: Mapping[str, ASGIApp] | None = None,
    grants: tuple[Grant, ...] | None = None,
    settings: Mapping[str, Any] | None = None,
    **fields: Any,
) -> AsyncIterator[World]:
    async with served(provider) if callable(provider) else _at(provider) as address:
        service = Service(**{"id": PROVIDED, "title": "Thử", "upstream": Upstream.HTTP, "address": address, **fields})
        book = Book(registry(service, *(grants if grants is not None else (grant(),))))
        log, quotas = Log(), NoQuotas()
        own = GatewaySettings(**({"egress_networks_allowed": LOOPBACK} | dict(settings or {})))
        runtime = Runtime.of(SERVICE, own, clock=SettableClock(MORNING), issuers=identities.ISSUERS)
        runtime.extras.update(
            registry=book, quotas=quotas, message_log=log, adapters=adapters or {}, tokens=None, revocations=set()
        )
        exchange = create_exchange(runtime, city or {})
        async with served(exchange) as url, httpx.AsyncClient(base_url=url, timeout=10) as client:
            yield World(client, log, book, quotas, runtime, exchange, service)
        await exchange.close()
        await runtime.close()


@asynccontextmanager
async def _at(address: str) -> AsyncIterator[str]:
    yield address


async def read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


async def answer(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


class Provider:
    """A provider that keeps what it got and answers as it is told."""

    def __init__(self, status: int = 200, body: bytes = b"ok", *headers: tuple[bytes, bytes]) -> None:
        self.said = status, body, headers
        self.got: list[tuple[Scope, bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.got.append((scope, await read(receive)))
        status, body, headers = self.said
        await answer(send, status, body, *headers)

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        return list(self.got[-1][0]["headers"])

    def header(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.headers if key == name]
