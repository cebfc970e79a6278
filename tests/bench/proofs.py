"""Measures a proof's making beside the size of the ledger: 10⁴, 10⁵ … 10⁷ entries, a true tree, made by the database itself."""

import base64
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random

import asyncpg
import httpx
from pydantic import SecretStr

import gateway.app
from chassis.migrations import migrate
from chassis.service import Runtime
from gateway.domain import merkle
from gateway.origin import create_origin
from gateway.settings import GatewaySettings
from tests.bench.figures import Figure, Reference, Section
from tests.bench.load import percentile
from tests.servers.enclosure import ServerError
from tests.servers.postgres import PrivatePostgres
from tests.support.identities import ISSUERS

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
_ENTRIES = """
    INSERT INTO ledger_entry (position, event_id, type, sender, subject, recorded_at, commitment, leaf_hash)
    SELECT n, CAST(lpad(to_hex(n), 32, '0') AS uuid), 'bench', 'bench', 'bench', now(), sha256(int8send(n)), sha256(int8send(n))
    FROM generate_series(CAST($1 AS bigint), CAST($2 AS bigint) - 1) AS n"""
_FIRST_LEVEL = """
    INSERT INTO ledger_node (level, index, hash)
    SELECT 1, l.position / 2, sha256('\\x01' || l.leaf_hash || r.leaf_hash)
    FROM ledger_entry l JOIN ledger_entry r ON r.position = l.position + 1
    WHERE l.position % 2 = 0 AND l.position >= $1 / 2 * 2 ON CONFLICT DO NOTHING"""
_NEXT_LEVEL = """
    INSERT INTO ledger_node (level, index, hash)
    SELECT l.level + 1, l.index / 2, sha256('\\x01' || l.hash || r.hash)
    FROM ledger_node l JOIN ledger_node r ON r.level = l.level AND r.index = l.index + 1
    WHERE l.level = $1 AND l.index % 2 = 0 ON CONFLICT DO NOTHING"""


async def measure(sizes: Sequence[int] = SIZES, proofs: int = 400) -> Section:
    """Inclusion proofs of entries at random places, over HTTP inside the process, against the tree of each size."""
    postgres = PrivatePostgres(durable=False)
    try:
        postgres.start()
        await migrate("gateway", await postgres.create_database("gateway"))
        found: dict[int, list[float]] = {}
        async with _connected(postgres) as database, _client(postgres) as client:
            before = 0
            for size in sizes:
                await _grow(database, before, size)
                before = size
                found[size] = await _proofs(client, database, size, proofs)
    finally:
        postgres.close()
    smallest = Reference(f"at {sizes[0]:,}", (percentile(found[sizes[0]], 0.5),))
    return Section(
        "A proof of inclusion, by the size of the ledger",
        tuple(
            figure
            for size, times in found.items()
            for figure in (
                Figure(
                    f"proof.{size}.p50", f"{size:,} entries: p50", "ms", (percentile(times, 0.5),), None, (smallest,)
                ),
                Figure(f"proof.{size}.p99", "  p99", "ms", (percentile(times, 0.99),)),
            )
        ),
        ("Each proof is verified against the root the database's own hashing gives.",),
    )


async def _grow(database: "asyncpg.Connection[asyncpg.Record]", before: int, size: int) -> None:
    await database.execute(_ENTRIES, before, size)
    await database.execute(_FIRST_LEVEL, before)
    for level in range(1, size.bit_length()):
        await database.execute(_NEXT_LEVEL, level)
    await database.execute("ANALYZE ledger_entry")
    await database.execute("ANALYZE ledger_node")


async def _proofs(
    client: httpx.AsyncClient, database: "asyncpg.Connection[asyncpg.Record]", size: int, count: int
) -> list[float]:
    random, times, root = Random(size), list[float](), await _root(database, size)
    for _ in range(count):
        index = random.randrange(size)
        started = time.perf_counter()
        answer = await client.get("/lgsp/v1/ledger/proof/inclusion", params={"index": index, "size": size})
        times.append((time.perf_counter() - started) * 1000)
        proof = answer.raise_for_status().json()
        path = [base64.b64decode(node) for node in proof["hashes"]]
        if not merkle.verify_inclusion(base64.b64decode(proof["leafHash"]), index, size, path, root):
            raise ServerError(f"the proof of entry {index} of {size} does not hold")
    return sorted(times)


async def _root(database: "asyncpg.Connection[asyncpg.Record]", size: int) -> bytes:
    hashes = {}
    for level, index in merkle.nodes_for_root(size):
        if level:
            query = "SELECT hash FROM ledger_node WHERE level = $1 AND index = $2"
            hashes[level, index] = await database.fetchval(query, level, index)
        else:
            query = "SELECT leaf_hash FROM ledger_entry WHERE position = $1"
            hashes[level, index] = await database.fetchval(query, index)
    return merkle.root(size, hashes)


@asynccontextmanager
async def _client(postgres: PrivatePostgres) -> AsyncIterator[httpx.AsyncClient]:
    settings = GatewaySettings(database_url=SecretStr(postgres.url("gateway")))
    runtime = Runtime.of(gateway.app.SERVICE, settings, issuers=ISSUERS)
    origin = create_origin(runtime, {})
    await runtime.start()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(origin), base_url="http://gateway") as client:
        yield client
    await runtime.close()


@asynccontextmanager
async def _connected(postgres: PrivatePostgres) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    connection = await asyncpg.connect(postgres.libpq_url("gateway"), command_timeout=1800)
    try:
        yield connection
    finally:
        await connection.close()
