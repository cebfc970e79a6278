"""A whole deployment on this machine: PostgreSQL, RabbitMQ, simulators, and every service as API and worker of its own.

What each process is told comes from `sandbox.deployment`, as in the compose file; only addresses differ. Starts, kills
and looks; tests nothing.
"""

import asyncio
import functools
import itertools
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import asyncpg
import httpx

from contracts.registry import SERVICES, SUBSCRIPTIONS
from sandbox.deployment import Places, database_script, environment, world_environment
from sandbox.secrets_on_disk import SecretsOnDisk
from sandbox.simulators.identity import GRANT
from sandbox.simulators.people import Person
from tests.e2e import nursery
from tests.e2e.nursery import SIMULATORS, Child, Order
from tests.servers.enclosure import Enclosure, ServerError, free_ports, last_words
from tests.servers.postgres import PrivatePostgres, find_binaries
from tests.servers.rabbitmq import PrivateRabbitMQ
from tests.support.clients import add_client_at

Role = Literal["api", "worker"]
Name = tuple[str, Role]

EVERYTHING: tuple[Name, ...] = tuple((service, role) for service in SERVICES for role in ("api", "worker"))

VHOST = "/"
START_SECONDS = 60
# What a person would wait for, tests need not: the Ministry is asked often, and given up on soon.
IN_A_HURRY = {
    "LIENTHONG_RETRY_DELAYS": "[0.2, 0.5, 1, 2, 5, 10]",
    "LIENTHONG_MOJ_POLL_SECONDS": "0.3",
    "LIENTHONG_MOJ_TIMEOUT_SECONDS": "1.5",
    "LIENTHONG_MOJ_RETRY_DELAYS": "[0.2, 0.4, 0.8]",
}
WATCHER = ("city-watcher", ("submission:read", "reporting:read", "payment:read", "ledger:bodies"))


class Stuck(AssertionError):
    """Something that must come about did not; says what is missing."""


@functools.cache
def _enclosure() -> tuple[Enclosure, Path]:
    """Where the processes live, and the nursery that starts them: one for the whole test run."""
    enclosure = Enclosure("city")
    socket = enclosure.folder / "nursery.sock"
    log = enclosure.folder / "nursery.log"
    process = enclosure.spawn([sys.executable, "-P", nursery.__file__, str(socket)], dict(os.environ), output=log)
    deadline = time.monotonic() + START_SECONDS
    while not socket.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServerError(f"The nursery did not start. It said:\n{last_words(log)}")
        time.sleep(0.02)
    return enclosure, socket


_numbers = itertools.count(1)


@dataclass
class City:
    """A deployment. `names` are the processes it consists of; of a service without its worker, events wait."""

    names: tuple[Name, ...]
    postgres: PrivatePostgres
    rabbitmq: PrivateRabbitMQ
    folder: Path
    secrets: SecretsOnDisk
    ports: dict[Name | str, int]
    _nursery: Path
    _running: dict[Name | str, Child] = field(default_factory=dict)
    _client_secret: str = ""
    _connections: dict[str, asyncpg.Connection] = field(default_factory=dict)
    _settled_at: int = 0
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def url(self) -> str:
        """The public origin."""
        return self._at(("gateway", "api"))

    @property
    def world(self) -> str:
        """Where the simulators are."""
        return self._at(SIMULATORS)

    def start(self, service: str, role: Role, *, crash_at: str | None = None) -> Child:
        """Start a process that is not running, at the same address as before; with `crash_at`, to die at that point."""
        environment_ = self._environment(service) | ({"LIENTHONG_CRASH_AT": crash_at} if crash_at else {})
        port = self.ports[service, role]
        return self._start((service, role), [service, role, "--port", str(port)], environment_)

    def kill(self, service: str, role: Role) -> None:
        """kill -9, and wait until it is gone."""
        child = self._running[service, role]
        child.signal(signal.SIGKILL)
        if child.wait(5) is None:
            raise Stuck(f"{service} {role} survived kill -9")

    async def stop(self, service: str, role: Role) -> int:
        """Ask it to stop, as an operator does; gives its exit status."""
        child = self._running[service, role]
        child.signal(signal.SIGTERM)
        return await self._end_of(child, f"{service} {role}", 15)

    async def died(self, service: str, role: Role, seconds: float = 30) -> int:
        """Wait for its end; gives its exit status, negative for the signal that ended it."""
        return await self._end_of(self._running[service, role], f"{service} {role}", seconds)

    async def ready(self, *names: Name | str, seconds: float = START_SECONDS) -> None:
        """Wait until these (or all that run) say that they can do their work."""
        wanted = names or tuple(self._running)
        async with httpx.AsyncClient(timeout=5) as http:
            await asyncio.gather(*(self._ready(http, name, seconds) for name in wanted))

    def is_running(self, service: str, role: Role) -> bool:
        """Whether the process is there."""
        child = self._running.get((service, role))
        return child is not None and child.status is None

    def address(self, service: str, role: Role) -> str:
        """Where a process answers."""
        return self._at((service, role))

    def log_of(self, name: Name | str) -> Path:
        """What a process said since the city began."""
        return self.folder / f"{'-'.join(name) if isinstance(name, tuple) else name}.log"

    async def sql(self, service: str, query: str, *arguments: Any) -> list[asyncpg.Record]:
        """Look into a service's database, past the service."""
        async with self._looking:
            connection = self._connections.get(service)
            if connection is None or connection.is_closed():
                connection = await asyncpg.connect(self.postgres.libpq_url(service))
                self._connections[service] = connection
            return list(await connection.fetch(query, *arguments))

    @asynccontextmanager
    async def held(self, service: str, table: str) -> AsyncIterator[None]:
        """Let nobody write to a table while the block runs: whoever tries waits in the middle of its transaction."""
        connection = await asyncpg.connect(self.postgres.libpq_url(service))
        try:
            async with connection.transaction():
                await connection.execute(f'LOCK TABLE "{table}" IN SHARE ROW EXCLUSIVE MODE')
                yield
        finally:
            await connection.close()

    async def is_held_up(self, service: str) -> bool:
        """Whether a transaction of the service waits for a lock."""
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'"
        return await self.count(service, waiting, service) > 0

    async def count(self, service: str, query: str, *arguments: Any) -> int:
        """The one number a query gives."""
        return int((await self.sql(service, query, *arguments))[0][0] or 0)

    async def token(self, who: Person | None = None) -> str:
        """A bearer token of a ready identity; of the agency that may read event bodies, where nobody is named."""
        async with httpx.AsyncClient(timeout=10) as http:
            if who is None:
                basic, form = (WATCHER[0], self._client_secret), {"grant_type": "client_credentials"}
                answer = await http.post(f"{self.url}/oauth2/token", auth=basic, data=form)
            else:
                form = {"grant_type": GRANT, "identity": who.name}
                answer = await http.post(f"{self.world}/sandbox/identity/token", data=form)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    async def times_told(self, subject: str, event: str) -> int:
        """How often the ledger holds an event of a dossier, once it does and everything else has settled too."""
        query = "SELECT count(*) FROM ledger_entry WHERE subject = $1 AND type LIKE '%.' || $2 || '.v1'"

        async def told() -> int:
            return await self.count("gateway", query, subject, event)

        await until(told, f"{event} of {subject} in the ledger")
        await self.settled()
        return await told()

    async def settled(self, seconds: float = 45) -> None:
        """Wait until nothing waits in a database and the ledger has stopped growing.

        What is in the broker alone is not seen: while a part of the city is dead, wait for an effect instead.
        """
        deadline, size = time.monotonic() + seconds, -1
        while (waiting := await self._waiting()) or size != (size := await self._ledger_size()):
            if time.monotonic() > deadline:
                raise Stuck(f"events do not arrive: {waiting}")
            await asyncio.sleep(0.2)
        self._settled_at = size

    async def close(self) -> None:
        """Stop everything, all at once, and the servers after them."""
        for connection in self._connections.values():
            connection.terminate()
        for child in self._running.values():
            child.signal(signal.SIGTERM)
        for name, child in self._running.items():
            if await asyncio.to_thread(child.wait, 15) is None:
                child.signal(signal.SIGKILL)
                raise Stuck(f"{name} did not stop when asked")
        await asyncio.gather(asyncio.to_thread(self.rabbitmq.close), asyncio.to_thread(self.postgres.close))

    # How it comes up

    async def _rise(self) -> None:
        await asyncio.gather(self._databases(), self._brokers(), asyncio.to_thread(_enclosure))
        services = sorted({service for service, _ in self.names} | {"catalog"})
        await asyncio.gather(*(self._run(service, "migrate") for service in services))
        gateway = self._environment("gateway")["LIENTHONG_DATABASE_URL"]
        self._client_secret = await add_client_at(gateway, WATCHER[0], agency="G15", scopes=WATCHER[1])
        world = world_environment(self._places(), self.secrets)
        self._start(SIMULATORS, [SIMULATORS, "--port", str(self.ports[SIMULATORS])], world)
        for service, role in self.names:
            self.start(service, role)
        await asyncio.gather(self.ready(), self._run("catalog", "seed"))
        await self.settled()

    async def _databases(self) -> None:
        await asyncio.to_thread(self.postgres.start)
        psql = str(find_binaries() / "psql")
        process = await asyncio.create_subprocess_exec(
            psql, self.postgres.libpq_url(), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate(database_script(self.secrets).encode())
        if process.returncode != 0:
            raise ServerError(f"the databases could not be made: {said.decode(errors='replace')}")

    async def _brokers(self) -> None:
        await asyncio.to_thread(self.rabbitmq.start)

    async def _run(self, service: str, command: str) -> None:
        name = f"{service}-{command}"
        child = self._spawn(name, [service, command], self._environment(service))
        if await self._end_of(child, name, START_SECONDS) != 0:
            raise ServerError(f"lienthong {service} {command} failed:\n{last_words(self.log_of(name))}")

    def _start(self, name: Name | str, arguments: Sequence[str], environment_: dict[str, str]) -> Child:
        before = self._running.get(name)
        if before is not None and before.status is None:
            raise ServerError(f"{name} runs already")
        child = self._running[name] = self._spawn(name, arguments, environment_)
        return child

    def _spawn(self, name: Name | str, arguments: Sequence[str], environment_: dict[str, str]) -> Child:
        whole = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": str(self.folder)} | environment_
        return nursery.start(self._nursery, Order(list(arguments), whole, str(self.folder), str(self.log_of(name))))

    def _places(self) -> Places:
        server = urlsplit(self.postgres.libpq_url())
        return Places(
            public_url=self.url,
            postgres=f"{server.hostname}:{server.port}",
            amqp="",
            upstream="http://127.0.0.1/{service}",
            gateway=self.url,
            world=self.world,
            world_public=self.world,
        )

    def _environment(self, service: str) -> dict[str, str]:
        told = environment(service, self._places(), self.secrets, self.folder)
        told["LIENTHONG_AMQP_URL"] = self.rabbitmq.amqp_url(service, VHOST)
        if service == "gateway":
            upstreams = (f'"{name}": "{self._at((name, "api"))}"' for name in SERVICES if name != "gateway")
            told["LIENTHONG_UPSTREAMS"] = f"{{{', '.join(upstreams)}}}"
        return told | IN_A_HURRY

    def _at(self, name: Name | str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    async def _ready(self, http: httpx.AsyncClient, name: Name | str, seconds: float) -> None:
        address = self._at(name) + ("/sandbox/identity/jwks.json" if name == SIMULATORS else "/readyz")
        deadline = time.monotonic() + seconds
        said = "nothing"
        while time.monotonic() < deadline:
            if (status := self._running[name].status) is not None:
                raise ServerError(f"{name} ended with {status}:\n{last_words(self.log_of(name))}")
            try:
                answer = await http.get(address)
            except httpx.TransportError as error:
                said = type(error).__name__
            else:
                if answer.status_code == httpx.codes.OK:
                    return
                said = answer.text
            await asyncio.sleep(0.05)
        raise Stuck(f"{name} did not become ready ({said}):\n{last_words(self.log_of(name))}")

    async def _end_of(self, child: Child, name: str, seconds: float) -> int:
        status = await asyncio.to_thread(child.wait, seconds)
        if status is None:
            raise Stuck(f"{name} still runs after {seconds:g} s:\n{last_words(self.folder / f'{name}.log')}")
        return status

    async def _waiting(self) -> dict[str, int]:
        """How many events of what kind are still on their way, by where they wait."""
        here = sorted({service for service, _ in self.names})
        waiting: dict[str, int] = {}
        for service in here:
            query = "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM deferred)"
            ((waiting[f"{service} outbox"], waiting[f"{service} deferred"]),) = await self.sql(service, query)
        waiting["undistributed"] = await self.count(
            "gateway", "SELECT count(*) FROM ledger_entry WHERE position >= (SELECT position FROM distributed)"
        )
        if not any(waiting.values()):  # what follows takes longer with all that was ever told
            waiting = {f"{service} unheard": await self._unheard(service) for service in here}
        return {where: number for where, number in waiting.items() if number}

    async def _ledger_size(self) -> int:
        return await self.count("gateway", "SELECT coalesce(max(position) + 1, 0) FROM ledger_entry")

    async def _unheard(self, service: str) -> int:
        types = [event.type for event in SUBSCRIPTIONS[service]]
        query = "SELECT event_id FROM ledger_entry WHERE type = ANY($1) AND position >= $2"
        told = [row[0] for row in await self.sql("gateway", query, types, self._settled_at)]
        heard = await self.count(service, "SELECT count(*) FROM inbox WHERE event_id = ANY($1)", told)
        return len(told) - heard


@asynccontextmanager
async def running_city(names: Sequence[Name] = EVERYTHING) -> AsyncIterator[City]:
    """A seeded city of these processes, up and settled; nothing of it is left when the block ends."""
    enclosure, socket = await asyncio.to_thread(_enclosure)
    folder = enclosure.folder / f"city-{next(_numbers)}"
    folder.mkdir()
    places: list[Name | str] = [SIMULATORS, *EVERYTHING]
    city = City(
        tuple(names),
        PrivatePostgres(),
        PrivateRabbitMQ((VHOST,)),
        folder,
        SecretsOnDisk(folder / "secrets"),
        dict(zip(places, free_ports(len(places)), strict=True)),
        socket,
    )
    try:
        await city._rise()
        yield city
    finally:
        await city.close()


async def until(condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """Wait until the coroutine function gives something true, and give that."""
    deadline = time.monotonic() + seconds
    while not (found := await condition()):
        if time.monotonic() > deadline:
            raise Stuck(f"{what}: not within {seconds:g} s")
        await asyncio.sleep(0.05)
    return found
