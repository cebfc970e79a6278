"""The test stand: servers that wait for the disk as in use, the databases, and our processes on them. It measures nothing.

Everything is private, on free ports of 127.0.0.1, and gone when the block ends.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from signal import SIGTERM
from subprocess import Popen

import asyncpg
import httpx
from pydantic import SecretStr
from sqlalchemy import text

import catalog.app
import catalog.handlers
import reporting.app
import submission.app
from chassis.bus.transport import WireEvent
from chassis.migrations import migrate
from chassis.service import Runtime, Service
from contracts.registry import SUBSCRIPTIONS
from sandbox.secrets_on_disk import SecretsOnDisk
from tests.bench.load import Order, Outcome
from tests.servers.enclosure import Enclosure, ServerError, free_ports, last_words
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbitmq import VHOSTS, PrivateRabbitMQ
from tests.support.events import inbox_of
from tests.support.identities import ISSUER, ISSUERS, jwks

ROOT = Path(__file__).parents[2]
LIENTHONG = str(Path(sys.executable).parent / "lienthong")
VHOST, RAW_VHOST = VHOSTS[0], VHOSTS[1]
ROOMS = ("catalog", "submission", "reporting", "gateway")
PATIENCE = 30
"""Seconds that a process of ours may take to come up."""


@dataclass(frozen=True)
class Process:
    """A process of ours that answers on a port."""

    pid: int
    port: int


@dataclass
class Stand:
    """What the measures run on."""

    postgres: PrivatePostgres
    broker: PrivateRabbitMQ
    enclosure: Enclosure
    _numbers: int = 0
    _environments: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def postgres_pid(self) -> int:
        """The server, parent of its backends."""
        process = self.postgres._process
        if process is None:
            raise ServerError("PostgreSQL does not run")
        return process.pid

    @property
    def broker_pid(self) -> int:
        """The broker's process."""
        process = self.broker._process
        if process is None:
            raise ServerError("RabbitMQ does not run")
        return process.pid

    def runtime(self, service: Service) -> Runtime:
        """A service's runtime in this process, on its database."""
        url = SecretStr(self.postgres.url(service.name))
        return Runtime.of(service, service.settings(database_url=url), issuers=ISSUERS)

    @asynccontextmanager
    async def running(self, argv: Sequence[str], room: str) -> AsyncIterator[Process]:
        """One process with a room's environment, `--port` added to its arguments, for the length of the block."""
        port = free_ports(1)[0]
        output = self.enclosure.folder / f"{room}-{port}.log"
        child = self.enclosure.spawn(
            [*argv, "--port", str(port)], self._environment(room), output=output, at_the_end=SIGTERM
        )
        try:
            await _ready(child, port, output)
            yield Process(child.pid, port)
        finally:
            self.enclosure.end(child, SIGTERM, seconds=15)

    def module(self, name: str) -> Sequence[str]:
        return (sys.executable, "-m", name)

    def api(self, room: str) -> Sequence[str]:
        return (LIENTHONG, room, "api")

    def worker(self, room: str) -> Sequence[str]:
        return (LIENTHONG, room, "worker")

    async def load(self, order: Order) -> Outcome:
        """Carry out an order in a process of its own. Raises ServerError if an answer was not a success."""
        outcome = Outcome(**json.loads(await self.child("tests.bench.load", given=json.dumps(asdict(order)))))
        refused = {status: count for status, count in outcome.statuses.items() if not status.startswith("2")}
        if refused or not outcome.requests:
            raise ServerError(f"the load was not answered as it should be: {refused or 'nothing came back'}")
        return outcome

    async def command(self, room: str, *arguments: str) -> None:
        """Run a `lienthong` command of a room to its end, in the room's environment. Raises ServerError."""
        child = await asyncio.create_subprocess_exec(
            LIENTHONG, room, *arguments, env=self._environment(room), stderr=asyncio.subprocess.STDOUT,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, _ = await child.communicate()
        if child.returncode:
            raise ServerError(f"lienthong {room} {' '.join(arguments)} ended with {child.returncode}: {said.decode()}")

    async def child(self, module: str, *arguments: str, given: str = "") -> str:
        """Run one of our modules to its end and give what it printed."""
        async with self.talking(module, *arguments, given=given) as printed:
            return (await printed.read()).decode()

    @asynccontextmanager
    async def talking(self, module: str, *arguments: str, given: str) -> AsyncIterator[asyncio.StreamReader]:
        """Run one of our modules for the length of the block, which reads what it prints to the end."""
        child = await asyncio.create_subprocess_exec(
            *self.module(module), *arguments, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(f"{given}\n".encode())
            child.stdin.close()
            yield child.stdout
            await child.wait()
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode:
            raise ServerError(f"{module} ended with status {child.returncode}")

    def numbers(self, count: int = 10_000_000) -> int:
        """The first of `count` numbers that no other run has."""
        self._numbers += count
        return self._numbers - count

    def _environment(self, room: str) -> dict[str, str]:
        if room not in self._environments:
            secrets = SecretsOnDisk(self.enclosure.folder / "secrets")
            self._environments[room] = {
                "PATH": os.defpath,
                "LC_ALL": "C.UTF-8",
                "PYTHONPATH": str(ROOT),
                "LIENTHONG_DATABASE_URL": self.postgres.url(room),
                "LIENTHONG_AMQP_URL": self.broker.amqp_url(room, VHOST),
                "LIENTHONG_ISSUERS": json.dumps({ISSUER: str(self.enclosure.folder / "jwks.json")}),
                "LIENTHONG_LEDGER_KEY": secrets.ed25519("ledger"),
                "LIENTHONG_TOKEN_KEY": secrets.ed25519("tokens"),
                "LIENTHONG_EXCHANGE_KEY": secrets.ed25519("exchange"),
                "LIENTHONG_LOG_LEVEL": "WARNING",
                # Providers of the bench live on this machine; outside a bench nothing on it may be called.
                "LIENTHONG_EGRESS_NETWORKS_ALLOWED": '["127.0.0.0/8"]',
            }
        return self._environments[room]


@asynccontextmanager
async def stand() -> AsyncIterator[Stand]:
    """Servers up, databases migrated, the catalogue published and taken in."""
    postgres, broker, enclosure = PrivatePostgres(durable=True), PrivateRabbitMQ(), Enclosure("bench")
    try:
        postgres.start()
        await _keep_commit_times(postgres)
        broker.start()
        (enclosure.folder / "jwks.json").write_text(json.dumps(dict(await jwks())))
        made = Stand(postgres, broker, enclosure)
        for room in ROOMS:
            await migrate(room, await postgres.create_database(room))
        await _publish_catalogue(made)
        yield made
    finally:
        for server in (enclosure, broker, postgres):
            server.close()


async def _keep_commit_times(postgres: PrivatePostgres) -> None:
    """The server itself notes when each transaction committed: services are timed without being touched."""
    connection = await asyncpg.connect(postgres.libpq_url())
    await connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    await connection.close()
    postgres.stop()
    postgres.start()


async def _publish_catalogue(made: Stand) -> None:
    """The real catalogue, handed to those who keep a copy as the gateway would hand it on."""
    source = made.runtime(catalog.app.SERVICE)
    await catalog.handlers.seed(source)
    async with source.database.begin() as uow:
        rows = (await uow.execute(text("SELECT event_id, type, subject, body FROM outbox ORDER BY position"))).all()
    await source.close()
    for service in (submission.app.SERVICE, reporting.app.SERVICE):
        heard = {event.type for event in SUBSCRIPTIONS[service.name]}
        keeper = made.runtime(service)
        await keeper.start()
        inbox = inbox_of(keeper)
        await inbox.deliver(
            [WireEvent(r.event_id, r.type, r.subject, r.body.encode()) for r in rows if r.type in heard]
        )
        await keeper.close()


async def _ready(child: Popen[bytes], port: int, output: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    async with httpx.AsyncClient() as client:
        while True:
            if child.poll() is not None or time.monotonic() > deadline:
                raise ServerError(f"a process did not come up. It said:\n{last_words(output)}")
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success:
                    return
            except httpx.TransportError:
                pass  # not listening yet
            await asyncio.sleep(0.1)
