"""Measures a call over `/r1` beside the same call straight to the provider and through nginx: log off, metadata, full.

The gateway is a real API process with its PostgreSQL; partners and grants are declared by the operator's own command.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGQUIT

import httpx

from tests.bench import machine
from tests.bench.figures import Figure, Reference, Rounds, Section, at_least, at_most
from tests.bench.load import Order, request
from tests.bench.stand import Process, Stand
from tests.servers.enclosure import ServerError, free_ports
from tests.support.identities import agency

MANY = 32
WARM_SECONDS = 0.5
POLICIES = ("off", "metadata", "full")
CLIENT = "VN/GOV/G15/bench"
PROVIDER = "VN/GOV/G24/bench"
BODY = {"asked": "x" * 200}

_PARTNERS = """\
members:
  - {{id: VN/GOV/G15, name: Client}}
  - {{id: VN/GOV/G24, name: Provider}}
subsystems:
  - {{id: {client}, name: Client, clientId: bench}}
  - {{id: {provider}, name: Provider, clientId: bench-provider}}
services:
{services}
grants:
{grants}
"""
_SERVICE = (
    "  - {{id: {provider}/{policy}, title: Bench, upstream: http, address: 'http://127.0.0.1:{port}', log: '{policy}',"
    " perSecond: 1000000, perDay: 1000000000}}"
)
_GRANT = "  - {{service: {provider}/{policy}, to: {client}, validFrom: 2026-01-01, legalBasis: bench}}"
_NGINX = """\
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/nginx-body; proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-f; uwsgi_temp_path {folder}/nginx-u; scgi_temp_path {folder}/nginx-s;
  upstream provider {{ server 127.0.0.1:{provider}; keepalive 64; }}
  server {{ listen 127.0.0.1:{port}; keepalive_requests 10000000;
    location / {{ proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}
}}
"""


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    rounds: int
    seconds: float


async def measure(stand: Stand, extent: Extent) -> Section:
    """Each way in turn, at one client and at many, round by round."""
    alone, many = Rounds(), Rounds()
    async with (
        exchanging(stand) as (gateway, provider),
        stand.running(stand.api("gateway"), "gateway") as second,
        _nginx(stand, provider) as nginx,
    ):
        await _first_call(second)
        beside = {"direct": provider.port, **({"nginx": nginx} if nginx else {})}
        ways = {**beside, **dict.fromkeys(POLICIES, gateway.port)}
        for _ in range(extent.rounds):
            for way, port in ways.items():
                alone.add(**await _served(stand, gateway, way, port, 1, extent.seconds))
                many.add(**await _served(stand, gateway, way, port, MANY, extent.seconds))
            many.add(both_rate=await _shared(stand, (gateway, second), extent.seconds))
    return Section(
        "A call over /r1: authorised, hashed, logged",
        (
            *(figure for policy in POLICIES for figure in _figures(policy, tuple(beside), alone, many)),
            Figure(
                "exchange.full.rate.2",
                f"log full, {MANY} clients, 2 processes: rate",
                "/s",
                many["both_rate"],
                at_least(1000),
                tuple(Reference(name, many[f"{name}_rate"]) for name in beside),
            ),
        ),
        (
            f"POST with {len(json.dumps(BODY))} bytes, answered with 1 kB; one gateway process but where two are named.",
            "All parts and the load share the cores.",
            *(() if nginx else ("nginx is not installed: it is left out.",)),
        ),
    )


def _figures(policy: str, beside: Sequence[str], alone: Rounds, many: Rounds) -> Iterator[Figure]:
    def against(rounds: Rounds, quantity: str) -> tuple[Reference, ...]:
        return tuple(Reference(name, rounds[f"{name}_{quantity}"]) for name in beside)

    own, direct = alone[f"{policy}_p50"], alone["direct_p50"]
    added = tuple(whole - bare for whole, bare in zip(own, direct, strict=True))
    name = f"exchange.{policy}"
    yield Figure(f"{name}.p50", f"log {policy}, 1 client: p50", "ms", own, None, against(alone, "p50"))
    yield Figure(f"{name}.added", "  of that, added to direct", "ms", added, at_most(2))
    yield Figure(
        f"{name}.rate", f"  {MANY} clients: rate", "/s", many[f"{policy}_rate"], at_least(1000), against(many, "rate")
    )
    yield Figure(f"{name}.p99", "  p99", "ms", many[f"{policy}_p99"], None, against(many, "p99"))
    yield Figure(f"{name}.cpu", "  processor, gateway", "ms", many[f"{policy}_cpu"])
    yield Figure(f"{name}.cpu.PostgreSQL", "  processor, PostgreSQL", "ms", many[f"{policy}_database"])


@asynccontextmanager
async def exchanging(stand: Stand) -> AsyncIterator[tuple[Process, Process]]:
    """A gateway and a provider that calls are allowed to."""
    async with (
        stand.running(stand.module("tests.bench.provider"), "gateway") as provider,
        stand.running(stand.api("gateway"), "gateway") as gateway,
    ):
        await _declare(stand, provider)
        await _first_call(gateway)
        yield gateway, provider


async def _served(
    stand: Stand, gateway: Process, way: str, port: int, clients: int, seconds: float
) -> dict[str, float]:
    sent = sent_over(way)
    await stand.load(Order(port, (sent,), clients, min(WARM_SECONDS, seconds), first=stand.numbers()))
    before = machine.cpu_seconds(gateway.pid), machine.family_cpu_seconds(stand.postgres_pid)
    outcome = await stand.load(Order(port, (sent,), clients, seconds, first=stand.numbers()))
    used = machine.cpu_seconds(gateway.pid) - before[0]
    database = machine.family_cpu_seconds(stand.postgres_pid) - before[1]
    return {
        f"{way}_rate": outcome.rate,
        f"{way}_p50": outcome.p50,
        f"{way}_p99": outcome.p99,
        f"{way}_cpu": used * 1000 / outcome.requests,
        f"{way}_database": database * 1000 / outcome.requests,
    }


async def _shared(stand: Stand, gateways: Sequence[Process], seconds: float) -> float:
    """The rate of several gateway processes on one database, the clients divided among them."""

    async def loaded(gateway: Process, length: float) -> float:
        order = Order(gateway.port, (sent_over("full"),), MANY // len(gateways), length, first=stand.numbers())
        return (await stand.load(order)).rate

    for length in (min(WARM_SECONDS, seconds), seconds):
        rates = await asyncio.gather(*(loaded(gateway, length) for gateway in gateways))
    return sum(rates)


def sent_over(way: str) -> str:
    """The request, as it is sent over `/r1` under a policy, or straight."""
    if way not in POLICIES:
        return request("POST", "/", {}, BODY)
    headers = {**agency("bench", client="bench"), "X-Road-Client": CLIENT}
    return request("POST", f"/r1/{PROVIDER}/{way}", headers, BODY)


async def _declare(stand: Stand, provider: Process) -> None:
    """As an operator would: a file, and the command."""
    file = stand.enclosure.folder / "partners.yaml"
    of = {"client": CLIENT, "provider": PROVIDER, "port": provider.port}
    services = "\n".join(_SERVICE.format(policy=policy, **of) for policy in POLICIES)
    grants = "\n".join(_GRANT.format(policy=policy, **of) for policy in POLICIES)
    file.write_text(_PARTNERS.format(services=services, grants=grants, **of), encoding="utf-8")
    await stand.command("gateway", "apply", str(file))


async def _first_call(gateway: Process) -> None:
    """Until the gateway knows what was declared. Raises ServerError."""
    headers = {**agency("bench", client="bench"), "X-Road-Client": CLIENT}
    async with httpx.AsyncClient() as client:
        for _ in range(100):
            answer = await client.post(
                f"http://127.0.0.1:{gateway.port}/r1/{PROVIDER}/full", headers=headers, json=BODY
            )
            if answer.is_success:
                return
            await asyncio.sleep(0.1)
    raise ServerError(f"/r1 answered {answer.status_code}: {answer.text}")


@asynccontextmanager
async def _nginx(stand: Stand, provider: Process) -> AsyncIterator[int | None]:
    """nginx in front of the provider, if there is one on this machine; its port."""
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if binary is None:
        yield None
        return
    port = free_ports(1)[0]
    folder: Path = stand.enclosure.folder
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, port=port, provider=provider.port), encoding="utf-8")
    argv = [binary, "-c", str(configuration), "-p", str(folder), "-e", str(folder / "nginx-error.log")]
    child = stand.enclosure.spawn(argv, {}, output=folder / "nginx.log", at_the_end=SIGQUIT)
    try:
        async with httpx.AsyncClient() as client:
            for _ in range(100):
                try:
                    await client.get(f"http://127.0.0.1:{port}/")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        yield port
    finally:
        stand.enclosure.end(child, SIGQUIT, seconds=5)
