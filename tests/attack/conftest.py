"""The all-in-one process, attacked through its public origin as by any stranger on the network. Tests here reach into no service."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

import catalog.handlers
from chassis.telemetry.logging import configure_logging
from sandbox.identities import Grip
from sandbox.simulators.people import MOTHER, OFFICER, OTHER_OFFICER, STRANGER, Person
from sandbox.stack import Sandbox, running
from tests.e2e.callers import Caller
from tests.servers.enclosure import free_ports


@pytest.fixture(scope="package")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the process logs, down to its debug lines."""
    root, file = logging.getLogger(), tmp_path_factory.mktemp("log") / "attack.log"
    handlers, level = root.handlers[:], root.level
    configure_logging("DEBUG", file=file)
    yield file
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="package")
async def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the process keeps its data."""
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="package")
async def sandbox(data_dir: Path, log: Path) -> AsyncIterator[Sandbox]:
    """Everything in one process, its catalogue published."""
    async with running(data_dir, free_ports(1)[0]) as sandbox:
        await catalog.handlers.seed(sandbox.runtimes["catalog"])
        await sandbox.settled()
        yield sandbox


@asynccontextmanager
async def _calling(sandbox: Sandbox, who: Person | None, token: str | None = None) -> AsyncIterator[Caller]:
    async with httpx.AsyncClient(base_url=sandbox.url, timeout=30) as http:
        yield Caller(http, sandbox.simulators.identity.mint(who) if who else token)


@pytest.fixture(scope="package")
async def nobody(sandbox: Sandbox) -> AsyncIterator[Caller]:
    """Anyone, without a token."""
    async with _calling(sandbox, None) as caller:
        yield caller


@pytest.fixture(scope="package")
async def mother(sandbox: Sandbox) -> AsyncIterator[Caller]:
    """A citizen with dossiers of her own."""
    async with _calling(sandbox, MOTHER) as caller:
        yield caller


@pytest.fixture(scope="package")
async def stranger(sandbox: Sandbox) -> AsyncIterator[Caller]:
    """A citizen whom none of it concerns."""
    async with _calling(sandbox, STRANGER) as caller:
        yield caller


@pytest.fixture(scope="package")
async def officer(sandbox: Sandbox) -> AsyncIterator[Caller]:
    """Desk, register and cashier of the commune."""
    async with _calling(sandbox, OFFICER) as caller:
        yield caller


@pytest.fixture(scope="package")
async def officer_elsewhere(sandbox: Sandbox) -> AsyncIterator[Caller]:
    """The same of another commune."""
    async with _calling(sandbox, OTHER_OFFICER) as caller:
        yield caller


@pytest.fixture(scope="package")
async def agency_secret(sandbox: Sandbox, data_dir: Path) -> str:
    """The client secret of the ready agency."""
    return Grip(sandbox.url, data_dir).agency_secret()


@pytest.fixture(scope="package")
async def agency(sandbox: Sandbox, agency_secret: str) -> AsyncIterator[Caller]:
    """An agency with every reading scope but that of event bodies."""
    scope = "submission:read payment:read civil-registry:read reporting:read"
    async with httpx.AsyncClient(base_url=sandbox.url) as http:
        form = {"grant_type": "client_credentials", "scope": scope}
        answer = await http.post("/oauth2/token", data=form, auth=("sandbox-agency", agency_secret))
    async with _calling(sandbox, None, answer.json()["access_token"]) as caller:
        yield caller
