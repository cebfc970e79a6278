"""Connections really cut and processes really killed in the middle of an upload: it goes on, and nothing is there twice."""

import asyncio
import contextlib
import itertools
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import asyncpg
import httpx
import pytest

from chassis.clock import SystemClock
from chassis.database import Database
from services.submission.tests.files import samples
from services.submission.tests.files.conftest import BYTES, CITIZEN, TUS, metadata
from services.submission.tests.files.test_scanning import FakeClamd, listening
from submission.files.disk import DiskStorage
from submission.handlers import file_upkeep
from tests.servers.enclosure import Enclosure, free_ports, last_words
from tests.servers.postgres import Postgres
from tests.support.identities import ISSUER, jwks

PDF = samples.pdf(bytes_more=3_000_000)
PART = 64 * 1024
_numbers = itertools.count(1)


@dataclass
class Server:
    """The service's API as a process of its own, on one port through all its lives."""

    enclosure: Enclosure
    database_url: str
    folder: Path
    port: int
    process: Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> Path:
        return self.folder / "submission.log"

    async def start(self, **settings: str) -> None:
        environment = os.environ | {
            "LIENTHONG_DATABASE_URL": self.database_url,
            "LIENTHONG_DATA_DIR": str(self.folder),
            "LIENTHONG_ISSUERS": json.dumps({ISSUER: str(self.folder / "jwks.json")}),
            "LIENTHONG_UPLOAD_PART_BYTES": str(PART),
            **settings,
        }
        (self.folder / "jwks.json").write_text(json.dumps(await jwks()))
        command = [sys.executable, "-P", "-c", "from submission.app import commands; commands()"]
        self.process = self.enclosure.spawn(
            [*command, "api", "--port", str(self.port)], environment, output=self.output
        )
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            while True:
                assert self.process.poll() is None, last_words(self.output)
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"{self.url}/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        assert self.process is not None
        self.enclosure.end(self.process, signal.SIGKILL, seconds=10)
        self.process = None

    async def value(self, statement: str) -> Any:
        connection = await asyncpg.connect(self.database_url.replace("postgresql+asyncpg", "postgresql"))
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    async def swept(self) -> list[str]:
        """What is in the store when everything that belongs to nobody is gone."""
        storage, database = DiskStorage(self.folder / "files"), Database.connect(self.database_url, SystemClock())
        await file_upkeep.sweep(storage, database, older_than_seconds=-60)
        await database.close()
        return [key for prefix in ("parts", "contents") async for key in storage.older_than(prefix, -60)]


@pytest.fixture(scope="module")
def enclosure() -> Iterator[Enclosure]:
    enclosure = Enclosure("uploads")
    yield enclosure
    enclosure.close()


@pytest.fixture
async def server(postgres: Postgres, template: str, enclosure: Enclosure, tmp_path: Path) -> AsyncIterator[Server]:
    name = f"submission_killed_{next(_numbers)}"
    url = await postgres.create_database(name, template)
    server = Server(enclosure, url, tmp_path, free_ports(1)[0])
    yield server
    if server.process is not None:
        server.kill()
    await postgres.drop_database(name)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30) as client:
        yield client


async def begun(client: httpx.AsyncClient, server: Server) -> str:
    headers = CITIZEN | TUS | {"Upload-Length": str(len(PDF))} | metadata(filename="a.pdf")
    answer = await client.post(f"{server.url}/v1/uploads", headers=headers)
    assert answer.status_code == 201, answer.text
    return server.url + str(answer.headers["Location"])


async def patched(server: Server, where: str, offset: int, content: bytes) -> asyncio.StreamWriter:
    """The head of a PATCH that announces all the rest, and only so much of it."""
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    headers = CITIZEN | BYTES | {"Upload-Offset": str(offset), "Content-Length": str(len(PDF) - offset), "Host": "x"}
    head = f"PATCH {where.removeprefix(server.url)} HTTP/1.1\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(head.encode() + b"\r\n" + content)
    await writer.drain()
    return writer


async def offset_of(client: httpx.AsyncClient, where: str) -> int:
    answer = await client.head(where, headers=CITIZEN | TUS)
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"])


async def reaches(client: httpx.AsyncClient, where: str, least: int) -> int:
    async with asyncio.timeout(20):
        while (offset := await offset_of(client, where)) < least:
            await asyncio.sleep(0.02)
    return offset


async def finished(client: httpx.AsyncClient, where: str, offset: int) -> None:
    headers = CITIZEN | BYTES | {"Upload-Offset": str(offset)}
    answer = await client.patch(where, headers=headers, content=PDF[offset:])
    assert answer.status_code == 204, answer.text
    assert (await client.get(where, headers=CITIZEN)).json()["state"] == "ready"


async def whole_and_once(server: Server) -> None:
    [key] = await server.swept()
    content = b"".join([piece async for piece in DiskStorage(server.folder / "files").read(key)])
    assert content == PDF
    assert await server.value("SELECT count(*) FROM files") == 1
    assert await server.value("SELECT count(*) FROM upload_parts") == 0


async def test_a_cut_connection_keeps_every_byte_that_came(server: Server, client: httpx.AsyncClient) -> None:
    await server.start()
    where = await begun(client, server)
    sent = 0
    for more in (PART * 3 + 1234, PART + 1, 17):
        writer = await patched(server, where, sent, PDF[sent : sent + more])
        await reaches(client, where, sent + more // PART * PART)
        writer.close()
        sent += more
        assert await reaches(client, where, sent) == sent
    await finished(client, where, sent)
    await whole_and_once(server)


@pytest.mark.fault
async def test_a_process_killed_while_it_receives_goes_on_where_it_had_come(
    server: Server, client: httpx.AsyncClient
) -> None:
    await server.start()
    where, offset = await begun(client, server), 0
    for _ in range(2):
        writer = await patched(server, where, offset, PDF[offset : offset + PART * 5 + 99])
        await reaches(client, where, offset + PART * 2)
        server.kill()
        writer.close()
        await server.start()
        before, offset = offset, await offset_of(client, where)
        assert offset - before >= PART * 2
        assert (offset - before) % PART == 0
    await finished(client, where, offset)
    await whole_and_once(server)


@pytest.mark.fault
async def test_a_process_killed_while_it_checks_the_whole_comes_to_an_end_in_its_next_life(
    server: Server, client: httpx.AsyncClient
) -> None:
    clamd = FakeClamd()
    async with listening(clamd):
        await server.start(LIENTHONG_CLAMD=clamd.address)
        where = await begun(client, server)
        clamd.go_on.clear()
        writer = await patched(server, where, 0, PDF)
        async with asyncio.timeout(20):
            await clamd.arrived.wait()
        server.kill()
        writer.close()
        clamd.go_on.set()
        await server.start(LIENTHONG_CLAMD=clamd.address)
        assert await offset_of(client, where) == len(PDF)
        assert (await client.get(where, headers=CITIZEN)).json()["state"] == "scanning"
        await finished(client, where, len(PDF))
    await whole_and_once(server)


async def test_a_refusal_is_heard_although_the_sender_is_still_sending(
    server: Server, client: httpx.AsyncClient
) -> None:
    await server.start()
    where = await begun(client, server)
    headers = CITIZEN | BYTES | {"Upload-Offset": "7"}
    answer = await client.patch(where, headers=headers, content=PDF)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (409, "0")
