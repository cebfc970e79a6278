"""Holds the database's ledger against itself: leaves, tree, checkpoints and the log beside it are computed anew. It mends nothing.

All of it, or all from a position on: a command's work. What a page may do in a moment is `spot_check`, by the same rules.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.database import Database, UnitOfWork
from gateway import ledger
from gateway.domain import merkle
from gateway.domain.checkpoint import Checkpoint, CheckpointError, Verifier, open_checkpoint, parse_vkey
from gateway.domain.entry import EntryError, check_body
from gateway.domain.exchange_record import TYPE, NotARecord, encoded, open_record
from gateway.queries import ledger as queries
from gateway.queries.ledger import EntryRow

_PAGE = 1000

_CHECKPOINTS = text("SELECT size, note FROM ledger_checkpoint WHERE size >= :first AND size <= :last ORDER BY size")
_EXCHANGES = text(
    "SELECT request_id, client, service, status, error, request_sha512, response_sha512,"
    " (SELECT array_agg(direction) FROM exchange_body AS b WHERE b.request_id = e.request_id) IS NOT NULL AS bodies"
    " FROM exchange AS e WHERE request_id = ANY(CAST(:ids AS uuid[]))"
)
_BODIES = text(
    "SELECT direction, sha512(string_agg(data, '' ORDER BY number)) AS digest FROM exchange_body"
    " WHERE request_id = :request_id GROUP BY direction"
)


class Tampered(Exception):
    """The first place where the database does not hold together."""

    def __init__(self, position: int, what: str) -> None:
        super().__init__(f"position {position}: {what}")
        self.position = position


@dataclass(slots=True)
class _Tree:
    """The tree as computed so far: what of it the next leaf needs."""

    size: int
    nodes: dict[merkle.NodeId, bytes]

    def grow(self, hashes: list[bytes]) -> list[merkle.Node]:
        completed = merkle.appended_nodes(self.size, hashes, self.nodes)
        for offset, leaf in enumerate(hashes):
            self.nodes[0, self.size + offset] = leaf
        self.nodes |= {(node.level, node.index): node.hash for node in completed}
        self.size += len(hashes)
        return completed

    def forget(self) -> None:
        """Keep only what the next leaves need."""
        self.nodes = {node: self.nodes[node] for node in merkle.frontier(self.size)}


async def check_ledger(database: Database, *, start: int = 0, progress: Callable[[int], None] = lambda _: None) -> int:
    """Compute it anew from position `start` on; gives how many entries there are. Raises Tampered at the first bad position.

    With `start` the tree before it is taken as the database has it: whoever changed that as a whole is found by a check
    from 0, or by the checkpoint after it, which was signed.
    """
    async with database.begin() as uow:
        verifiers = [parse_vkey(vkey) for vkey in await queries.verifiers(uow)]
        tree = _Tree(start, await ledger.nodes_of(uow.connection, merkle.frontier(start)))
        if len(tree.nodes) != len(merkle.frontier(start)):
            raise Tampered(start, "the tree before it is not complete")
        await _check_checkpoints(uow, tree, start, start, verifiers)
    async for uow, rows in _pages(database, start):
        await _check_page(uow, tree, rows, verifiers)
        progress(tree.size)
    async with database.begin() as uow:
        beyond = (await uow.execute(_CHECKPOINTS, {"first": tree.size + 1, "last": 2**63 - 1})).first()
        if beyond is not None:
            raise Tampered(tree.size, f"entries are missing: {beyond.size} of them were signed")
    return tree.size


async def _pages(database: Database, start: int) -> AsyncIterator[tuple[UnitOfWork, list[EntryRow]]]:
    position = start
    while True:
        async with database.begin() as uow:
            rows = await queries.entries(uow, position, _PAGE)
            if not rows:
                return
            yield uow, rows
        position = rows[-1].position + 1


async def _check_page(uow: UnitOfWork, tree: _Tree, rows: list[EntryRow], verifiers: list[Verifier]) -> None:
    first = tree.size
    problems = [await _check_exchanges(uow, rows, verifiers)]
    hashes: list[bytes] = []
    for expected, row in enumerate(rows, start=first):
        wrong = _wrong_entry(row, expected, verifiers)
        if wrong is not None:
            problems.append(wrong)
            break
        hashes.append(bytes(row.leaf_hash))
    completed = tree.grow(hashes)
    problems.append(await _wrong_node(uow, completed))
    found = [problem for problem in problems if problem is not None]
    try:
        await _check_checkpoints(uow, tree, first + 1, tree.size, verifiers)
    except Tampered as problem:
        found.append(problem)
    tree.forget()
    if found:
        raise min(found, key=lambda problem: problem.position)


def _wrong_entry(row: EntryRow, expected: int, verifiers: list[Verifier]) -> Tampered | None:
    if row.position != expected:
        return Tampered(expected, "the entry is missing")
    fault = entry_fault(row, verifiers)
    return Tampered(expected, fault) if fault is not None else None


def entry_fault(row: EntryRow, verifiers: Sequence[Verifier]) -> str | None:
    """What is wrong with an entry as it is kept, by itself; None where nothing is."""
    if row.leaf.hash != bytes(row.leaf_hash):
        return "the leaf's hash is not that of its entry: one of the two was changed"
    if row.salt is None or row.body is None:
        return None
    try:
        check_body(row.leaf, bytes(row.salt), bytes(row.body))
        if row.type == TYPE:
            open_record(bytes(row.body).decode(), verifiers)
    except EntryError:
        return "the body is not the one that was recorded"
    except (CheckpointError, NotARecord, UnicodeDecodeError) as error:
        return f"the exchange's signature is not good: {error}"
    return None


async def _wrong_node(uow: UnitOfWork, completed: list[merkle.Node]) -> Tampered | None:
    stored = await ledger.nodes_of(uow.connection, [(node.level, node.index) for node in completed])
    for node in completed:
        if stored.get((node.level, node.index)) != node.hash:
            first = node.index << node.level
            last = ((node.index + 1) << node.level) - 1
            return Tampered(first, f"the tree's node over {first} to {last} is not the hash of what is below it")
    return None


async def _check_checkpoints(uow: UnitOfWork, tree: _Tree, first: int, last: int, verifiers: list[Verifier]) -> None:
    for row in await uow.execute(_CHECKPOINTS, {"first": first, "last": last}):
        at = max(row.size - 1, 0)
        checkpoint = opened(row.note, verifiers)
        if checkpoint is None or (checkpoint.size, checkpoint.root) != (row.size, merkle.root(row.size, tree.nodes)):
            raise Tampered(
                at, f"the checkpoint over {row.size} entries is not one of this ledger, or its signature false"
            )


def opened(note: str, verifiers: Sequence[Verifier]) -> Checkpoint | None:
    """The checkpoint, if one of the ledger's keys signed it."""
    for verifier in verifiers:
        try:
            return open_checkpoint(note, verifier)
        except CheckpointError:
            continue
    return None


async def _check_exchanges(uow: UnitOfWork, rows: list[EntryRow], verifiers: list[Verifier]) -> Tampered | None:
    """Whether the log's rows and the bodies that are kept still say what was signed."""
    records = {str(record["requestId"]): (position, record) for position, record in _ended(rows, verifiers)}
    if not records:
        return None
    logged = {str(row.request_id): row for row in await uow.execute(_EXCHANGES, {"ids": list(records)})}
    for request_id, (position, record) in records.items():
        row = logged.get(request_id)
        if row is None:
            return Tampered(position, "the exchange is missing in the message log")
        if not _says(row, record):
            return Tampered(position, "the message log's row does not say what was signed")
        if row.bodies and (direction := await _wrong_body(uow, row.request_id, record)):
            return Tampered(position, f"the body of the {direction} is not the one that passed")
    return None


def _ended(rows: list[EntryRow], verifiers: list[Verifier]) -> Iterator[tuple[int, dict[str, str | int]]]:
    for row in rows:
        if row.type == TYPE and row.body is not None:
            # One that cannot be read is found as a wrong entry.
            with contextlib.suppress(CheckpointError, NotARecord, UnicodeDecodeError):
                record = open_record(bytes(row.body).decode(), verifiers)
                if record["state"] == "ended":
                    yield row.position, record


async def _wrong_body(uow: UnitOfWork, request_id: UUID, record: Mapping[str, str | int]) -> str | None:
    for body in await uow.execute(_BODIES, {"request_id": request_id}):
        if encoded(bytes(body.digest)) != record.get(f"{body.direction}Sha512"):
            return str(body.direction)
    return None


def _says(row: Any, record: Mapping[str, str | int]) -> bool:
    said = (row.client, row.service, row.status, row.error, encoded(row.request_sha512), encoded(row.response_sha512))
    names = ("client", "service", "status", "error", "requestSha512", "responseSha512")
    return said == tuple(record.get(name) for name in names)
