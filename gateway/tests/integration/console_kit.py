"""What the console's tests are written with: a staff issuer on a real socket, a signed-in operator, forms with their token."""

import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from random import Random
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from chassis.bus.transport import Ingress
from gateway.settings import GatewaySettings
from gateway.tests.conftest import Gateway, opened, pem
from sandbox.simulators.identity import Identity, IssuerSettings
from sandbox.simulators.identity import create_app as create_identity
from sandbox.simulators.people import OPERATOR, Person
from tests.servers.enclosure import free_ports


@contextmanager
def staff_issuer_on_a_socket() -> Iterator[Identity]:
    """The staff's issuer: the console speaks with it as with any other."""
    port = free_ports(1)[0]
    identity = Identity(
        IssuerSettings(f"http://127.0.0.1:{port}", "lienthong"), now=lambda: datetime.now(UTC), random=Random(5)
    )
    with _served(create_identity(identity), port):
        yield identity


@contextmanager
def _served(app: FastAPI, port: int) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
        yield
    finally:
        server.should_exit = True
        thread.join()


@asynccontextmanager
async def consoles_gateway(database_url: SecretStr, issuer: Identity) -> AsyncIterator[Gateway]:
    """A gateway whose operators sign in at that issuer."""
    settings = GatewaySettings(
        database_url=database_url, ledger_key=pem(), token_key=pem(), public_url="http://city.test",
        console_issuer=issuer.settings.issuer,
    )  # fmt: skip
    async with opened(settings, {}) as gateway:
        yield gateway


@asynccontextmanager
async def operators_gateway(database_url: SecretStr, issuer: Identity) -> AsyncIterator[Gateway]:
    """That gateway, with an operator signed in."""
    async with consoles_gateway(database_url, issuer) as gateway:
        assert (await sign_in(gateway, issuer)).status_code == 303
        yield gateway


async def to_the_issuer(gateway: Gateway, goes_on: str = "/console/") -> dict[str, str]:
    """Leave for the issuer; what the browser carries there."""
    leaving = await gateway.get("/console/login", next=goes_on)
    assert leaving.status_code == 303, leaving.text
    query = parse_qs(urlsplit(leaving.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


async def choose(issuer: Identity, asked: dict[str, str], person: Person) -> str:
    """Pick somebody on the issuer's page; where the browser is sent back to."""
    async with httpx.AsyncClient() as browser:
        answer = await browser.post(f"{issuer.settings.issuer}/authorize", data={**asked, "identity": person.name})
    assert answer.status_code == 303, answer.text
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}" == "http://city.test"
    return f"{back.path}?{back.query}"


async def sign_in(gateway: Gateway, issuer: Identity, person: Person = OPERATOR) -> httpx.Response:
    return await gateway.get(await choose(issuer, await to_the_issuer(gateway), person))


async def csrf(gateway: Gateway) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', (await gateway.get("/console/")).text)
    assert found is not None
    return found[1]


async def act(gateway: Gateway, path: str, **fields: str) -> httpx.Response:
    return await gateway.client.post(path, data={"csrf": await csrf(gateway), **fields})


async def quarantined(gateway: Gateway, body: bytes, sender: str = "submission") -> int:
    await gateway.accept(Ingress(sender, body))
    return int((await gateway.rows("SELECT max(id) AS id FROM quarantine"))[0].id)


async def audit(gateway: Gateway) -> list[tuple[str, str]]:
    rows = await gateway.rows("SELECT action, outcome FROM console_action ORDER BY position")
    return [(row.action, row.outcome) for row in rows]
