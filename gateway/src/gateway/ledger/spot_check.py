"""Verifies the ledger against its last checkpoint: signature, root, and some entries one by one. It reads only, and mends nothing.

As much as a page can wait for; `check` computes all of it anew, by the same rules. An entry is checked twice: what is kept of
it must give its leaf hash (or its body, type or sender were altered), and the leaf must stand in the tree that was signed
(or entry and leaf were altered together). The second check cannot tell an entry from its neighbour, the two leaves that one
node is made of, so it names both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from chassis.database import UnitOfWork
from gateway import ledger
from gateway.domain import merkle
from gateway.domain.checkpoint import Checkpoint, Verifier, parse_vkey
from gateway.ledger.check import entry_fault, opened
from gateway.queries import ledger as queries
from gateway.queries import ledger_sample as samples
from gateway.queries.ledger import EntryRow

RANGE = 2000
SAMPLE = 500


class Fault(StrEnum):
    """What is wrong with the ledger."""

    NO_CHECKPOINT = "no-checkpoint"
    NOT_SIGNED = "not-signed"
    SHORTER = "shorter-than-signed"
    ROOT = "root-differs"
    MISSING = "entry-missing"
    ENTRY = "entry-altered"
    LEAF = "leaf-not-in-tree"


@dataclass(frozen=True)
class Verdict:
    """What a verification found. `position` is the first bad one; `pair`: it, or the one after it.

    `checked` entries were looked at, `erased` of them have no body any more; `end` is where a range ended.
    """

    fault: Fault | None
    size: int = 0
    checked: int = 0
    erased: int = 0
    position: int | None = None
    pair: bool = False
    end: int | None = None


async def verify(uow: UnitOfWork, start: int | None, random: Random) -> Verdict:
    """Verify the last checkpoint, then RANGE entries from `start`, or a random sample and the end where it is None."""
    latest = await queries.latest_checkpoint(uow)
    if latest is None:
        return Verdict(Fault.NO_CHECKPOINT)
    verifiers = [parse_vkey(vkey) for vkey in await queries.verifiers(uow)]
    checkpoint = opened(latest[1], verifiers)
    if checkpoint is None:
        return Verdict(Fault.NOT_SIGNED, latest[0])
    size = checkpoint.size
    extent = await queries.extent(uow)
    if extent.size < size:
        return Verdict(Fault.SHORTER, size, position=extent.size)
    root_holds = await _root_holds(uow, checkpoint)
    positions = _positions(start, size, random)
    found = await _entries(uow, checkpoint, positions, verifiers)
    if found.fault is None and not root_holds:
        return Verdict(Fault.ROOT, size, found.checked, found.erased)
    return found


def _positions(start: int | None, size: int, random: Random) -> Sequence[int]:
    if start is not None:
        return range(min(start, size), min(start + RANGE, size))
    if size <= 2 * SAMPLE:
        return range(size)
    return sorted({*random.sample(range(size), SAMPLE), *range(size - SAMPLE, size)})


async def _root_holds(uow: UnitOfWork, checkpoint: Checkpoint) -> bool:
    try:
        return await ledger.root_of(uow.connection, checkpoint.size) == checkpoint.root
    except merkle.MissingNodeError:
        return False


async def _entries(
    uow: UnitOfWork, checkpoint: Checkpoint, positions: Sequence[int], verifiers: Sequence[Verifier]
) -> Verdict:
    size = checkpoint.size
    rows = {row.position: row for row in await samples.entries_at(uow, positions)}
    needed = {node for position in positions for node in merkle.nodes_for_inclusion(position, size)}
    nodes = await ledger.nodes_of(uow.connection, sorted(needed))
    erased = sum(row.body is None for row in rows.values())
    end = positions[-1] + 1 if len(positions) else None
    suspect: tuple[int, bool] | None = None
    for count, position in enumerate(positions):
        row = rows.get(position)
        if row is None:
            return Verdict(Fault.MISSING, size, count, erased, position, end=end)
        if entry_fault(row, verifiers) is not None:
            return Verdict(Fault.ENTRY, size, count, erased, position, end=end)
        if suspect is None and not _in_tree(row, size, nodes, checkpoint.root):
            # Its neighbour may be the one: if the neighbour's own content is altered too, the next turn says so.
            suspect = (position - position % 2, position - position % 2 + 1 < size)
        elif suspect is not None and position > suspect[0] + 1:
            break
    if suspect is not None:
        return Verdict(Fault.LEAF, size, len(positions), erased, suspect[0], pair=suspect[1], end=end)
    return Verdict(None, size, len(positions), erased, end=end)


def _in_tree(row: EntryRow, size: int, nodes: dict[merkle.NodeId, bytes], root: bytes) -> bool:
    try:
        proof = merkle.inclusion_proof(row.position, size, nodes)
    except merkle.MissingNodeError:
        return False
    return merkle.verify_inclusion(bytes(row.leaf_hash), row.position, size, [bytes(part) for part in proof], root)
